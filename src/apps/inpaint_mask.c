#include "inpaint_mask.h"

/* White is hidden. */
static ggcn_status read_file(const char *path, ggcn_shape image, ggcn_picture *file) {
    GGCN_TRY(ggcn_decode_file(path, file));
    GGCN_TRY(ggcn_image_set_channels(file, 1));
    const ggcn_shape s = file->shape;
    if (s.height != image.height || s.width != image.width)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "draw a mask of the images' size",
                  "%s: a mask of %lldx%lld pixels, the model's images have %lldx%lld", path, (long long)s.height,
                  (long long)s.width, (long long)image.height, (long long)image.width);
    int64_t hidden = 0;
    for (int64_t i = 0; i < s.height * s.width; i++) {
        file->pixels[i] = file->pixels[i] >= 128;
        hidden += file->pixels[i];
    }
    if (hidden == 0 || hidden == s.height * s.width)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "draw what is to be hidden in white, on black", "%s: the mask hides %s", path,
                  hidden == 0 ? "nothing" : "everything");
    return GGCN_SUCCESS;
}

ggcn_status inpaint_masks_choose(const inpaint_options *o, const ggcn_trained_info *info, ggcn_picture *file,
                                 ggcn_masks *m) {
    const ggcn_shape s = info->image;
    if (o->mask.mask == GGCN_MASK_NONE) {
        GGCN_TRY(read_file(o->mask_file, s, file));
        *m = (ggcn_masks){.height = s.height, .width = s.width, .given = file->pixels};
        return GGCN_SUCCESS;
    }
    const int64_t side = s.height < s.width ? s.height : s.width;
    *m = ggcn_masks_of(&o->mask, s.height, s.width);
    if (m->square >= side || m->spot >= side)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s %lld: the images have only %lldx%lld pixels",
                  m->square >= side ? "--square" : "--spot-size", (long long)(m->square >= side ? m->square : m->spot),
                  (long long)s.height, (long long)s.width);
    return GGCN_SUCCESS;
}
