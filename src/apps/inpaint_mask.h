/* The masks of ggcn_inpaint's command line. */
#ifndef GGCN_APPS_INPAINT_MASK_H
#define GGCN_APPS_INPAINT_MASK_H

#include "ggcn/image.h"
#include "ggcn/masks.h"
#include "inpaint_options.h"

/* @param[out] file the picture of --mask FILE.png, which the masks refer to; to be released with ggcn_picture_clear
 * @return GGCN_ERROR_ARGUMENT (larger than the images), and for a mask from a file GGCN_ERROR_IO, GGCN_ERROR_FORMAT (no
 *         picture, another size, nothing hidden or nothing seen) */
ggcn_status inpaint_masks_choose(const inpaint_options *options, const ggcn_trained_info *info, ggcn_picture *file,
                                 ggcn_masks *masks);

#endif
