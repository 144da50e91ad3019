#include "ggcn/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_check.h"
#include "base/config_merge.h"
#include "base/config_schema.h"
#include "base/yaml_complaint.h"
#include "ggcn/resources.h"

enum { LARGEST_FILE = 1 << 20 }; /* bytes of a configuration file */

void ggcn_config_destroy(ggcn_config **config) {
    if (!config || !*config)
        return;
    ggcn_yaml_complaint said = {{0}};
    const cyaml_config_t settings = ggcn_yaml_settings(&said);
    cyaml_free(&settings, &ggcn_config_schema, *config, 0);
    *config = NULL;
}

static ggcn_status convert(const ggcn_config_merge *merge, ggcn_config **config) {
    char *text;
    size_t length;
    GGCN_TRY(ggcn_config_merge_emit(merge, &text, &length));
    ggcn_yaml_complaint said = {{0}};
    const cyaml_config_t settings = ggcn_yaml_settings(&said);
    cyaml_data_t *loaded = NULL;
    const cyaml_err_t error =
        cyaml_load_data((const uint8_t *)text, length, &settings, &ggcn_config_schema, &loaded, NULL);
    free(text);
    if (error != CYAML_OK || !loaded)
        GGCN_FAIL(GGCN_ERROR_CONFIG, NULL, "libcyaml refused the merged configuration: %s: %s", cyaml_strerror(error),
                  said.text);
    *config = loaded;
    return GGCN_SUCCESS;
}

static ggcn_status read_stream(FILE *stream, const char *path, char **text, size_t *length) {
    char *buffer = malloc(LARGEST_FILE + 1);
    if (!buffer)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: out of memory while reading", path);
    errno = 0;
    *length = fread(buffer, 1, LARGEST_FILE + 1, stream);
    const int reason = errno;
    if (ferror(stream) || *length > LARGEST_FILE) {
        free(buffer);
        if (ferror(stream))
            GGCN_FAIL(GGCN_ERROR_IO, "name a YAML file", "%s: cannot read the configuration: %s", path,
                      strerror(reason));
        GGCN_FAIL(GGCN_ERROR_CONFIG, "name a YAML file, not a data set",
                  "%s: too large for a configuration (above %d "
                  "bytes)",
                  path, LARGEST_FILE);
    }
    *text = buffer;
    return GGCN_SUCCESS;
}

static ggcn_status merge_file(ggcn_config_merge *merge, const char *path) {
    FILE *stream = fopen(path, "r");
    if (!stream)
        GGCN_FAIL(GGCN_ERROR_IO, "check the path; it is relative to the working directory",
                  "%s: cannot open the configuration: %s", path, strerror(errno));
    char *text = NULL;
    size_t length = 0;
    ggcn_status status = read_stream(stream, path, &text, &length);
    fclose(stream); /* only read from: nothing to lose */
    GGCN_TRY(status);
    status = ggcn_config_merge_text(merge, path, true, text, length);
    free(text);
    return status;
}

static ggcn_status unknown_preset(const char *name) {
    size_t count, used = 0;
    const ggcn_resource *resources = ggcn_resources(&count);
    char hint[400] = "there are: ";
    used = strlen(hint);
    for (size_t i = 0; i < count && used < sizeof hint; i++)
        if (strcmp(resources[i].kind, "presets") == 0)
            used += (size_t)snprintf(hint + used, sizeof hint - used, "%s ", resources[i].name);
    GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "unknown preset %.100s", name);
}

static ggcn_status merge_preset(ggcn_config_merge *merge, const char *name) {
    const ggcn_resource *preset = ggcn_resource_find("presets", name);
    if (!preset)
        return unknown_preset(name);
    char title[128];
    snprintf(title, sizeof title, "preset %s", name);
    return ggcn_config_merge_text(merge, title, true, preset->text, strlen(preset->text));
}

static ggcn_status merge_defaults(ggcn_config_merge *merge) {
    const char *text = ggcn_config_defaults();
    return ggcn_config_merge_text(merge, "built-in default", false, text, strlen(text));
}

static ggcn_status merge_source(ggcn_config_merge *merge, const ggcn_config_source *source) {
    GGCN_TRY(merge_defaults(merge));
    if (source->preset)
        GGCN_TRY(merge_preset(merge, source->preset));
    if (source->file)
        GGCN_TRY(merge_file(merge, source->file));
    for (size_t i = 0; i < source->n_settings; i++)
        GGCN_TRY(ggcn_config_merge_setting(merge, source->settings[i]));
    return GGCN_SUCCESS;
}

/* Takes over the merge, and the status of filling it. */
static ggcn_status finish(ggcn_config_merge *merge, ggcn_status status, ggcn_config **config) {
    ggcn_config *loaded = NULL;
    if (status == GGCN_SUCCESS)
        status = convert(merge, &loaded);
    if (status == GGCN_SUCCESS)
        status = ggcn_config_check(loaded, merge);
    ggcn_config_merge_destroy(merge);
    if (status == GGCN_SUCCESS)
        *config = loaded;
    else
        ggcn_config_destroy(&loaded);
    return status;
}

ggcn_status ggcn_config_load(const ggcn_config_source *source, ggcn_config **config) {
    ggcn_config_merge merge;
    *config = NULL;
    ggcn_status status = ggcn_config_merge_create(3 + source->n_settings, &merge);
    if (status == GGCN_SUCCESS)
        status = merge_source(&merge, source);
    return finish(&merge, status, config);
}

ggcn_status ggcn_config_parse(const char *text, size_t length, ggcn_config **config) {
    ggcn_config_merge merge;
    *config = NULL;
    ggcn_status status = ggcn_config_merge_create(2, &merge);
    if (status == GGCN_SUCCESS)
        status = merge_defaults(&merge);
    if (status == GGCN_SUCCESS)
        status = ggcn_config_merge_text(&merge, "configuration", true, text, length);
    return finish(&merge, status, config);
}
