#include "ggcn/resources.h"

#include <string.h>

static const ggcn_resource table[] = {
#include "resource_table.inc"
};

const ggcn_resource *ggcn_resources(size_t *count) {
    *count = sizeof table / sizeof *table;
    return table;
}

const ggcn_resource *ggcn_resource_find(const char *kind, const char *name) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].kind, kind) == 0 && strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
