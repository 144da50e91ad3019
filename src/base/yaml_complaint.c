#include "base/yaml_complaint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* libcyaml hands over one piece a call. */
static void collect(cyaml_log_t level, void *context, const char *format, va_list arguments) {
    (void)level;
    ggcn_yaml_complaint *c = context;
    char piece[256];
    vsnprintf(piece, sizeof piece, format, arguments);
    piece[strcspn(piece, "\n")] = '\0';
    const char *text = strncmp(piece, "Load: ", 6) == 0 ? piece + 6 : piece;
    text += strspn(text, " ");
    const size_t used = strlen(c->text);
    if (strcmp(text, "Backtrace:") != 0)
        snprintf(c->text + used, sizeof c->text - used, "%s%s", used > 0 ? ", " : "", text);
}

cyaml_config_t ggcn_yaml_settings(ggcn_yaml_complaint *said) {
    return (cyaml_config_t){.log_fn = collect,
                            .log_ctx = said,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_DEFAULT};
}
