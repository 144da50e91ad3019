#include "data_import_changes.h"

#include <inttypes.h>

enum { name_bytes = 512 };
static const char padding_hint[] = "take --fit resize or cover, or a larger --size";

static bool sizes_differ(const ggcn_image_source *source) {
    return source->shape.height == 0 || source->shape.width == 0;
}

ggcn_status import_changes_settle(const char *path, const ggcn_image_source *source, import_changes *c) {
    const bool differ = sizes_differ(source);
    ggcn_shape shape = source->shape;
    if (differ)
        shape = (ggcn_shape){3, 0, 0};
    if (c->grey)
        shape.channels = 1;
    if (c->crop.width > 0) {
        shape.height = c->crop.height;
        shape.width = c->crop.width;
    }
    const bool larger = shape.height > c->size || shape.width > c->size;
    if (!c->fit_given)
        c->fit = differ ? GGCN_FIT_COVER : larger ? GGCN_FIT_RESIZE : GGCN_FIT_PAD;
    c->shape = shape;
    if (c->size == 0)
        return GGCN_SUCCESS;
    c->shape.height = c->shape.width = c->size;
    if (c->fit == GGCN_FIT_PAD && larger)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, padding_hint,
                  "%s: images of %" PRId64 "x%" PRId64 " pixels (height, width) cannot be padded to %" PRId64
                  "x%" PRId64,
                  path, shape.height, shape.width, c->size, c->size);
    return GGCN_SUCCESS;
}

static ggcn_status fit(const import_changes *c, const ggcn_picture *in, const char *name, ggcn_picture *out) {
    if (c->fit == GGCN_FIT_PAD && (in->shape.height > c->size || in->shape.width > c->size))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, padding_hint,
                  "%s: %" PRId64 "x%" PRId64 " pixels (height, width) cannot be padded to %" PRId64 "x%" PRId64, name,
                  in->shape.height, in->shape.width, c->size, c->size);
    return ggcn_image_fit(in, c->fit, c->size, out);
}

ggcn_status import_changes_apply(const import_changes *c, ggcn_image_source *source, int64_t number,
                                 import_workspace *w, const ggcn_picture **result) {
    uint32_t label;
    char name[name_bytes];
    ggcn_picture *image = &w->read;
    GGCN_TRY(source->read(source, number, image, &label));
    source->name(source, number, name, sizeof name);
    if (c->crop.width > 0) {
        GGCN_TRY(ggcn_image_crop(image, &c->crop, name, &w->cut));
        image = &w->cut;
    }
    if (image->shape.channels > c->shape.channels) /* before the resizing, for less work */
        GGCN_TRY(ggcn_image_set_channels(image, c->shape.channels));
    if (c->size > 0 && (image->shape.height != c->size || image->shape.width != c->size)) {
        GGCN_TRY(fit(c, image, name, &w->fitted));
        image = &w->fitted;
    }
    if (image->shape.channels < c->shape.channels)
        GGCN_TRY(ggcn_image_set_channels(image, c->shape.channels));
    const ggcn_shape found = image->shape, wanted = c->shape;
    if (wanted.height > 0 &&
        (found.channels != wanted.channels || found.height != wanted.height || found.width != wanted.width))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give --size, and perhaps --fit or --crop, to make all images alike",
                  "%s has %" PRId64 "x%" PRId64 " pixels (height, width), but the first image has %" PRId64 "x%" PRId64,
                  name, found.height, found.width, wanted.height, wanted.width);
    *result = image;
    return GGCN_SUCCESS;
}

void import_workspace_clear(import_workspace *w) {
    ggcn_picture_clear(&w->read);
    ggcn_picture_clear(&w->cut);
    ggcn_picture_clear(&w->fitted);
}
