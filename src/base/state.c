#include "ggcn/state.h"

#include <stdlib.h>

size_t ggcn_type_bytes(ggcn_type type) {
    switch (type) {
    case GGCN_F32:
    case GGCN_U32:
        return 4;
    case GGCN_F64:
    case GGCN_U64:
        return 8;
    }
    return 0;
}

size_t ggcn_array_row(const ggcn_array *array) {
    size_t row = 1;
    for (int i = 1; i < array->rank; i++)
        row *= (size_t)array->dims[i];
    return row;
}

size_t ggcn_array_local(const ggcn_array *array) {
    if (array->rank == 0)
        return 1;
    return (size_t)(array->distributed ? array->count : array->dims[0]) * ggcn_array_row(array);
}

ggcn_status ggcn_state_add(ggcn_state *state, ggcn_array array) {
    if (state->count == state->capacity) {
        const size_t capacity = state->capacity ? 2 * state->capacity : 32;
        ggcn_array *arrays = realloc(state->arrays, capacity * sizeof *arrays);
        if (!arrays)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to list the state");
        state->arrays = arrays;
        state->capacity = capacity;
    }
    state->arrays[state->count++] = array;
    return GGCN_SUCCESS;
}

void ggcn_state_clear(ggcn_state *state) {
    free(state->arrays);
    *state = (ggcn_state){0};
}
