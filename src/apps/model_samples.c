#include "model_samples.h"

#include <inttypes.h>

#include "ggcn/hpc.h"
#include "model_classes.h"

ggcn_status model_samples_create(const model_options *options, const ggcn_trained_info *model, ggcn_samples_info own,
                                 ggcn_samples_writer **writer) {
    char **classes;
    GGCN_TRY(ggcn_agree(model_class_names(model, &classes)));
    own.run = options->run;
    own.model = ggcn_model_name(model->config->model);
    own.iteration = model->iteration;
    own.digest_parameters = model->digest_parameters;
    own.pixel_min = model->config->data.pixel_min;
    own.pixel_max = model->config->data.pixel_max;
    own.shape = model->image;
    own.n_classes = classes ? model->n_classes : 0;
    own.classes = classes;
    const ggcn_status status = ggcn_samples_create(options->out, &own, writer);
    model_class_names_clear(model, &classes);
    return status;
}

ggcn_status model_samples_write(const model_options *options, const ggcn_trained_info *model, ggcn_samples_info own,
                                int64_t first, int64_t count, const ggcn_samples_rows *rows) {
    ggcn_samples_writer *writer;
    GGCN_TRY(model_samples_create(options, model, own, &writer));
    const ggcn_status status = ggcn_samples_write(writer, count > 0 ? first : 0, count, rows);
    if (status == GGCN_SUCCESS)
        return ggcn_samples_finish(&writer, -1);
    ggcn_samples_abandon(&writer);
    return status;
}

void model_print(const ggcn_trained_info *model) {
    app_print("model         %s, iteration %" PRIu64 ", %s\n", ggcn_model_name(model->config->model), model->iteration,
              model->checkpoint);
}
