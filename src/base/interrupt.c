#include "ggcn/interrupt.h"

#include <stddef.h>

static bool (*asked_function)(void);

void ggcn_interrupt_set(bool (*asked)(void)) {
    asked_function = asked;
}

bool ggcn_interrupted(void) {
    return asked_function && asked_function();
}
