#include "model_classes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ggcn_status unknown(const ggcn_trained_info *info, const char *text) {
    char list[1024] = "";
    size_t length = 0;
    for (uint32_t i = 0; i < info->n_classes && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%u%s%s", i ? ", " : "", i,
                                   info->classes ? " " : "", info->classes ? info->classes[i] : "");
    GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give --class one of them, by name or number",
              "%s: the model has no class \"%s\"; it has: %s", info->checkpoint, text, list);
}

ggcn_status model_class_of(const ggcn_trained_info *info, const char *text, uint32_t *number) {
    if (info->n_classes < 2)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "leave --class away, or train with potential.conditional: true",
                  "%s: class \"%s\" of an unconditional model", info->checkpoint, text);
    for (uint32_t i = 0; info->classes && i < info->n_classes; i++)
        if (strcmp(info->classes[i], text) == 0) {
            *number = i;
            return GGCN_SUCCESS;
        }
    char *end;
    errno = 0;
    const unsigned long parsed = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || parsed >= info->n_classes)
        return unknown(info, text);
    *number = (uint32_t)parsed;
    return GGCN_SUCCESS;
}

ggcn_status model_class_names(const ggcn_trained_info *info, char ***names) {
    *names = NULL;
    if (info->n_classes < 2)
        return GGCN_SUCCESS;
    *names = calloc(info->n_classes, sizeof **names);
    for (uint32_t i = 0; *names && i < info->n_classes; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i);
        (*names)[i] = strdup(info->classes ? info->classes[i] : number);
        if (!(*names)[i])
            model_class_names_clear(info, names);
    }
    if (!*names)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the names of %u classes", info->n_classes);
    return GGCN_SUCCESS;
}

void model_class_names_clear(const ggcn_trained_info *info, char ***names) {
    for (uint32_t i = 0; *names && i < info->n_classes; i++)
        free((*names)[i]);
    free(*names);
    *names = NULL;
}
