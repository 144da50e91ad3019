/* ggcn_data info: what a data-set file holds. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "data_commands.h"
#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "options.h"
#include "program.h"

static const char program[] = "ggcn_data";

static void print_file(const char *path, const ggcn_dataset_info *info) {
    struct stat about;
    app_print("file:     %s", path);
    if (ggcn_rank() == 0 && stat(path, &about) == 0)
        app_print(about.st_size < 1000000 ? ", %.1f kB" : ", %.1f MB",
                  (double)about.st_size / (about.st_size < 1000000 ? 1e3 : 1e6));
    app_print("\nmade:     %s by ggcn %s\ncommand:  %s\nsource:   %s\n", info->created, info->ggcn_version,
              info->command_line, info->source);
    app_print("images:   %" PRId64, info->count);
    if (info->held_out > 0)
        app_print(": %" PRId64 " to learn from, %" PRId64 " held out", info->count - info->held_out, info->held_out);
    app_print("\nshape:    %" PRId64 "x%" PRId64 "x%" PRId64 " (channels, height, width)\n", info->shape.channels,
              info->shape.height, info->shape.width);
}

static void print_channels(const char *title, const double *values, int64_t channels) {
    app_print("%s", title);
    for (int64_t c = 0; c < channels; c++)
        app_print(" %7.3f", values[c]);
    app_print("  (channels; bytes, 0 to 255)\n");
}

static void print_survey(const ggcn_dataset_info *info, const ggcn_dataset_survey *survey) {
    print_channels("mean:    ", survey->mean, info->shape.channels);
    print_channels("std dev: ", survey->deviation, info->shape.channels);
    app_print("classes:  %" PRIu32 "\n", info->n_classes);
    for (uint32_t i = 0; i < info->n_classes; i++) {
        app_print("  %4" PRIu32 "  %-20s %10" PRId64 " images", i, info->classes[i],
                  survey->training[i] + survey->held_out[i]);
        if (info->held_out > 0)
            app_print(": %" PRId64 " to learn from, %" PRId64 " held out", survey->training[i], survey->held_out[i]);
        app_print("\n");
    }
}

static ggcn_status print_dataset(const char *path, ggcn_dataset *dataset) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    print_file(path, info);
    ggcn_dataset_survey survey;
    GGCN_TRY(ggcn_dataset_survey_images(dataset, &survey));
    print_survey(info, &survey);
    const uint64_t found = survey.checksum;
    ggcn_dataset_survey_clear(&survey);
    app_print("checksum: %016" PRIx64 "%s\n", info->checksum,
              found == info->checksum ? " (verified)" : " (does not verify)");
    return ggcn_dataset_compare_checksum(dataset, found);
}

int data_info(int argc, char *const *argv) {
    app_operands r = {0};
    if (app_read_operands(argc, argv, 1, "FILE.h5 is needed", &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data info --help");
    if (app_answered(
            program, r.help, r.version,
            "usage: ggcn_data info FILE.h5\n"
            "Prints where a data-set file comes from, its shape, counts, classes, mean and standard deviation, and\n"
            "verifies its checksum.\n\noptions:\n"
            "  --help     this text\n"
            "  --version  version, compiler and libraries\n"))
        return APP_DONE;

    ggcn_dataset *dataset = NULL;
    ggcn_status status = ggcn_dataset_open(r.operands[0], &dataset);
    if (status == GGCN_SUCCESS)
        status = print_dataset(r.operands[0], dataset);
    ggcn_dataset_close(&dataset);
    return app_report(program, status);
}
