#include "train_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

const char train_help[] =
    "usage: ggcn_train [CONFIG.yaml] [--preset NAME] [-s section.key=value ...] [--out DIR] [--overwrite]\n"
    "       ggcn_train --restart DIR [-s section.key=value ...]\n"
    "       ggcn_train [CONFIG.yaml] [--preset NAME] [-s ...] --dry-run\n"
    "\n"
    "Trains any model of the paper, or its baseline (key model). Run it under mpirun for several ranks; "
    "OMP_NUM_THREADS sets the threads of each.\n"
    "\n"
    "  --preset NAME         start from a built-in configuration (see --list); CONFIG.yaml and -s go on top\n"
    "  -s section.key=value  set one key, e.g. -s learning.optimizer.rate=1e-4; may be repeated\n"
    "  --out DIR             run directory, short for -s run.directory=DIR\n"
    "  --overwrite           replace the run that is in the run directory\n"
    "  --restart DIR         go on with the run in DIR from its newest good checkpoint, on any number of ranks\n"
    "  --from ITERATION      restart from a checkpoint no later than this one; later ones are removed\n"
    "  --dry-run             print the plan (network, blocks, memory, bytes per checkpoint, time) and stop\n"
    "  --list                list the built-in networks and presets\n"
    "  --print-defaults      print every key with its default and meaning\n"
    "  --help, --version\n"
    "\n"
    "SIGUSR1 asks for a checkpoint; SIGTERM, SIGINT, SIGUSR2 or a file named stop in the run directory end the run "
    "with one,\n"
    "as run.max_walltime does in time; a second SIGINT ends it at once.\n"
    "\n"
    "Exit codes: 0 done, 1 error, 2 usage, 75 stopped before the end: go on with --restart.\n";

static ggcn_status add_setting(train_options *options, const char *text) {
    char **settings = realloc(options->settings, (options->n_settings + 1) * sizeof *settings);
    char *copy = strdup(text);
    if (settings)
        options->settings = settings;
    if (!settings || !copy) {
        free(copy);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the command line");
    }
    settings[options->n_settings++] = copy;
    return GGCN_SUCCESS;
}

/* --out DIR as a setting, quoted for YAML. */
static ggcn_status add_directory(train_options *options, const char *directory) {
    char *text = malloc(2 * strlen(directory) + 32);
    if (!text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the command line");
    char *to = text + sprintf(text, "run.directory='");
    for (const char *from = directory; *from; from++) {
        if (*from == '\'')
            *to++ = '\'';
        *to++ = *from;
    }
    strcpy(to, "'");
    const ggcn_status status = add_setting(options, text);
    free(text);
    return status;
}

static ggcn_status check_combination(const train_options *options) {
    if (options->restart && (options->file || options->preset || options->overwrite))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "change single keys with -s",
                  "--restart takes the configuration from the run directory");
    for (size_t i = 0; options->restart && i < options->n_settings; i++)
        if (strncmp(options->settings[i], "run.directory=", 14) == 0)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "copy the directory and restart the copy",
                      "--restart goes on in its own directory");
    if (options->newest < UINT64_MAX && !options->restart)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give --restart DIR as well", "--from chooses a checkpoint of a restart");
    if (options->action <= TRAIN_DRY_RUN && !options->file && !options->preset && !options->restart)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "see ggcn_train --list for presets",
                  "name a configuration file, a --preset or --restart DIR");
    return GGCN_SUCCESS;
}

ggcn_status train_options_read(int argc, char **argv, train_options *options) {
    enum { PRESET, SETTING, OUT, OVERWRITE, RESTART, FROM, DRY_RUN, LIST, PRINT_DEFAULTS, HELP, VERSION, COUNT };
    static const app_option table[COUNT] = {
        [PRESET] = {"preset", 0, true},
        [SETTING] = {"set", 's', true},
        [OUT] = {"out", 'o', true},
        [OVERWRITE] = {"overwrite", 0, false},
        [RESTART] = {"restart", 0, true},
        [FROM] = {"from", 0, true},
        [DRY_RUN] = {"dry-run", 0, false},
        [LIST] = {"list", 0, false},
        [PRINT_DEFAULTS] = {"print-defaults", 0, false},
        [HELP] = {"help", 'h', false},
        [VERSION] = {"version", 0, false},
    };
    app_reader reader = {argc, argv, 1, false};
    const char *value;
    int which;
    for (;;) {
        GGCN_TRY(app_options_next(&reader, table, COUNT, &which, &value));
        switch (which) {
        case APP_OPTION_END:
            return check_combination(options);
        case APP_OPTION_OPERAND:
            if (options->file)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, "merge them, or use --preset for one of them",
                          "two configuration files: %s and %s", options->file, value);
            options->file = value;
            break;
        case PRESET:
            options->preset = value;
            break;
        case SETTING:
            GGCN_TRY(add_setting(options, value));
            break;
        case OUT:
            GGCN_TRY(add_directory(options, value));
            break;
        case OVERWRITE:
            options->overwrite = true;
            break;
        case RESTART:
            options->restart = value;
            break;
        case FROM: {
            int64_t newest;
            GGCN_TRY(app_parse_integer("--from", value, 0, INT64_MAX, &newest));
            options->newest = (uint64_t)newest;
            break;
        }
        case DRY_RUN:
            options->action = TRAIN_DRY_RUN;
            break;
        case LIST:
            options->action = TRAIN_LIST;
            break;
        case PRINT_DEFAULTS:
            options->action = TRAIN_PRINT_DEFAULTS;
            break;
        case HELP:
            options->action = TRAIN_HELP;
            return GGCN_SUCCESS;
        case VERSION:
            options->action = TRAIN_VERSION;
            return GGCN_SUCCESS;
        default:
            break;
        }
    }
}

ggcn_run_mode train_mode(const train_options *options) {
    return options->restart ? GGCN_RUN_RESTART : options->overwrite ? GGCN_RUN_OVERWRITE : GGCN_RUN_NEW;
}

void train_options_clear(train_options *options) {
    for (size_t i = 0; i < options->n_settings; i++)
        free(options->settings[i]);
    free(options->settings);
    *options = (train_options){0};
}
