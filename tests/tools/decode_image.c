/* Shows an image file as the library reads it: decode_image FILE [SIZE pad|resize|cover]
 * One line "CHANNELS HEIGHT WIDTH", then the bytes [C][H][W]. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/image.h"

static const char *const fits[] = {[GGCN_FIT_PAD] = "pad", [GGCN_FIT_RESIZE] = "resize", [GGCN_FIT_COVER] = "cover"};

static int usage(void) {
    fprintf(stderr, "usage: decode_image FILE [SIZE pad|resize|cover]\n");
    return 2;
}

static ggcn_status show(const char *path, int64_t size, ggcn_fit fit) {
    ggcn_picture decoded = {0}, fitted = {0};
    ggcn_status status = ggcn_decode_file(path, &decoded);
    if (status == GGCN_SUCCESS && size > 0)
        status = ggcn_image_fit(&decoded, fit, size, &fitted);
    if (status == GGCN_SUCCESS) {
        const ggcn_picture *shown = size > 0 ? &fitted : &decoded;
        const ggcn_shape shape = shown->shape;
        const size_t bytes = (size_t)(shape.channels * shape.height * shape.width);
        printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", shape.channels, shape.height, shape.width);
        if (fwrite(shown->pixels, 1, bytes, stdout) != bytes || fflush(stdout) != 0)
            status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot write to the standard output");
    }
    ggcn_picture_clear(&decoded);
    ggcn_picture_clear(&fitted);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 4)
        return usage();
    int64_t size = 0;
    int fit = GGCN_FIT_RESIZE;
    if (argc == 4) {
        char *end;
        size = strtoll(argv[2], &end, 10);
        for (fit = 0; fit < 3 && strcmp(argv[3], fits[fit]) != 0; fit++)
            continue;
        if (size < 1 || *end || fit == 3)
            return usage();
    }
    if (show(argv[1], size, (ggcn_fit)fit) == GGCN_SUCCESS)
        return EXIT_SUCCESS;
    fprintf(stderr, "decode_image: %s\n", ggcn_last_error()->message);
    return EXIT_FAILURE;
}
