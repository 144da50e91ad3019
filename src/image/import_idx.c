/* IDX: big-endian header (magic, one length per dimension), then unsigned bytes; plain or gzip. A gzip stream has no
 * random access, so both files are held in memory. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zlib.h>

#include "image/source.h"

static const int64_t largest_side = 4096;
static const int64_t largest_bytes = INT64_C(1) << 30;
static const int64_t most_expansion = 1032; /* bytes that deflate makes of one */

static const char *const fashion_classes[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                              "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
enum { fashion_class_count = sizeof fashion_classes / sizeof *fashion_classes };

typedef struct {
    const char *content; /* "images" or "labels" */
    uint32_t magic;
    int rank; /* dimensions in the header */
} idx_kind;

static const idx_kind images_kind = {"images", 0x00000803, 3};
static const idx_kind labels_kind = {"labels", 0x00000801, 1};

/* A file being read; offset counts uncompressed bytes. */
typedef struct {
    const char *path;
    gzFile stream;
    int64_t size; /* as it lies on the disk */
    int64_t offset;
} idx_file;

typedef struct {
    uint8_t *pixels; /* [count][height][width] */
    uint8_t *labels; /* [count] */
    char *file_name; /* of the images */
} idx_data;

static ggcn_status read_error(const idx_file *file) {
    int code = Z_OK;
    const char *text = gzerror(file->stream, &code);
    if (code == Z_ERRNO)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s: %s", file->path, strerror(errno));
    GGCN_FAIL(GGCN_ERROR_FORMAT, "fetch or copy the file again",
              "%s: damaged gzip data after %" PRId64 " uncompressed bytes: %s", file->path, file->offset, text);
}

static ggcn_status read_exactly(idx_file *file, void *bytes, int64_t count, const char *what) {
    const int64_t start = file->offset;
    uint8_t *to = bytes;
    while (file->offset < start + count) {
        const int64_t left = start + count - file->offset;
        const int got = gzread(file->stream, to, left < (1 << 28) ? (unsigned)left : 1u << 28);
        if (got < 0)
            return read_error(file);
        if (got == 0)
            GGCN_FAIL(GGCN_ERROR_FORMAT, "fetch or copy the file again",
                      "%s: truncated: ends at offset %" PRId64 " inside the %s, which should reach to offset %" PRId64,
                      file->path, file->offset, what, start + count);
        to += got;
        file->offset += got;
    }
    return GGCN_SUCCESS;
}

/* Reading on past the last byte is also what makes zlib check the checksum of a gzip file. */
static ggcn_status expect_end(idx_file *file, const idx_kind *kind) {
    uint8_t byte;
    const int got = gzread(file->stream, &byte, 1);
    int code = Z_OK;
    gzerror(file->stream, &code);
    if (got < 0 || code == Z_BUF_ERROR) /* the latter: gzip ends before its checksum */
        return read_error(file);
    if (got > 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "the file is damaged or of another kind; fetch or copy it again",
                  "%s: data goes on after offset %" PRId64 ", where the %s should end", file->path, file->offset,
                  kind->content);
    return GGCN_SUCCESS;
}

static uint32_t big_endian(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | (uint32_t)b[3];
}

static ggcn_status read_header(idx_file *file, const idx_kind *kind, int64_t lengths[3]) {
    uint8_t header[16];
    GGCN_TRY(read_exactly(file, header, 4 + 4 * kind->rank, "header"));
    const uint32_t magic = big_endian(header);
    if (magic != kind->magic)
        GGCN_FAIL(GGCN_ERROR_FORMAT,
                  magic == labels_kind.magic   ? "this is a file of labels; the images are in a file of their own"
                  : magic == images_kind.magic ? "this is a file of images; the labels are in a file of their own"
                                               : "the file is no IDX file of unsigned bytes",
                  "%s: offset 0: magic number 0x%08" PRIx32 ", but IDX %s have 0x%08" PRIx32, file->path, magic,
                  kind->content, kind->magic);
    for (int i = 0; i < kind->rank; i++)
        lengths[i] = big_endian(header + 4 + 4 * i);
    if (lengths[0] == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: holds no %s (offset 4: count 0)", file->path, kind->content);
    for (int i = 1; i < kind->rank; i++)
        if (lengths[i] < 1 || lengths[i] > largest_side)
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: offset %d: %s %" PRId64 " is outside 1 to %" PRId64, file->path,
                      4 + 4 * i, i == 1 ? "height" : "width", lengths[i], largest_side);
    return GGCN_SUCCESS;
}

static ggcn_status read_content(idx_file *file, const idx_kind *kind, int64_t lengths[3], uint8_t **bytes) {
    GGCN_TRY(read_header(file, kind, lengths));
    int64_t size = lengths[0]; /* at most 2^32 2^12 2^12 */
    for (int i = 1; i < kind->rank; i++)
        size *= lengths[i];
    if (size > largest_bytes)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "IDX files are held in memory whole; split the file",
                  "%s: %" PRId64 " bytes of %s by its header, more than the %" PRId64 " that are accepted", file->path,
                  size, kind->content, largest_bytes);
    if (size / most_expansion > file->size) /* before memory is asked for that the file cannot fill */
        GGCN_FAIL(GGCN_ERROR_FORMAT, "fetch or copy the file again",
                  "%s: truncated or damaged: %" PRId64 " bytes of %s by its header, but the file has only %" PRId64,
                  file->path, size, kind->content, file->size);
    *bytes = malloc((size_t)size);
    if (!*bytes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the %" PRId64 " bytes of %s", size, file->path);
    GGCN_TRY(read_exactly(file, *bytes, size, kind->content));
    return expect_end(file, kind);
}

static ggcn_status load(const char *path, const idx_kind *kind, int64_t lengths[3], uint8_t **bytes) {
    idx_file file = {.path = path};
    errno = 0;
    file.stream = gzopen(path, "rb");
    if (!file.stream)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open %s: %s", path, strerror(errno ? errno : ENOMEM));
    (void)gzbuffer(file.stream, 1 << 16); /* speed only */
    struct stat about;
    ggcn_status status = GGCN_SUCCESS;
    if (stat(path, &about) != 0)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot read %s: %s", path, strerror(errno));
    else {
        file.size = S_ISREG(about.st_mode) ? (int64_t)about.st_size : largest_bytes; /* a pipe has no size */
        status = read_content(&file, kind, lengths, bytes);
    }
    const int closed = gzclose(file.stream);
    GGCN_TRY(status);
    if (closed != Z_OK)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s to its end: zlib error %d", path, closed);
    return GGCN_SUCCESS;
}

/* …images-idx3… -> …labels-idx1… in the last part of the path; some copies have a dot in place of the dash. */
static ggcn_status labels_beside(const char *images, char **labels) {
    const char *slash = strrchr(images, '/');
    const char *name = slash ? slash + 1 : images;
    const char *found = strstr(name, "images-idx3");
    if (!found)
        found = strstr(name, "images.idx3");
    if (!found)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give the file of labels, for ggcn_data with --labels FILE",
                  "%s: cannot tell the name of the file of labels, since this one is not named ...images-idx3-ubyte",
                  images);
    *labels = ggcn_image_text("%.*slabels%cidx1%s", (int)(found - images), images, found[6], found + 11);
    if (!*labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a file name");
    return GGCN_SUCCESS;
}

static bool names_fashion(const char *path) {
    static const char word[] = "fashion";
    for (; *path; path++) {
        size_t n = 0;
        while (word[n] && tolower((unsigned char)path[n]) == word[n])
            n++;
        if (!word[n])
            return true;
    }
    return false;
}

static ggcn_status name_classes(ggcn_image_source *source, const char *images, const char *labels) {
    const uint8_t *label = ((idx_data *)source->private_data)->labels;
    if (names_fashion(images)) {
        for (int64_t i = 0; i < source->count; i++)
            if (label[i] >= fashion_class_count)
                GGCN_FAIL(GGCN_ERROR_FORMAT, "the file is damaged or not of Fashion-MNIST, as its path says",
                          "%s: offset %" PRId64 ": label %d is outside 0 to %d", labels, 8 + i, label[i],
                          fashion_class_count - 1);
        return ggcn_image_source_name_classes(source, fashion_classes, fashion_class_count);
    }
    uint32_t count = 0;
    for (int64_t i = 0; i < source->count; i++)
        if (label[i] >= count)
            count = label[i] + 1u;
    char text[256][4];
    const char *names[256];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(text[i], sizeof text[i], "%u", i % 1000);
        names[i] = text[i];
    }
    return ggcn_image_source_name_classes(source, names, count);
}

static ggcn_status idx_read(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label) {
    const idx_data *data = source->private_data;
    GGCN_TRY(ggcn_image_source_check_number(source, number));
    *label = data->labels[number];
    if (!picture)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_picture_reshape(picture, source->shape));
    const size_t bytes = (size_t)(source->shape.height * source->shape.width);
    memcpy(picture->pixels, data->pixels + (size_t)number * bytes, bytes);
    return GGCN_SUCCESS;
}

static void idx_name(ggcn_image_source *source, int64_t number, char *text, size_t size) {
    const idx_data *data = source->private_data;
    snprintf(text, size, "image %" PRId64 " of %s", number, data->file_name);
}

static void idx_close(ggcn_image_source *source) {
    idx_data *data = source->private_data;
    free(data->pixels);
    free(data->labels);
    free(data->file_name);
}

static ggcn_status fill_from(ggcn_image_source *source, const char *images, const char *labels) {
    idx_data *data = source->private_data;
    int64_t lengths[3], label_count[3];
    GGCN_TRY(load(images, &images_kind, lengths, &data->pixels));
    GGCN_TRY(load(labels, &labels_kind, label_count, &data->labels));
    if (lengths[0] != label_count[0])
        GGCN_FAIL(GGCN_ERROR_FORMAT, "the two files must belong together",
                  "%s holds %" PRId64 " images but %s holds %" PRId64 " labels", images, lengths[0], labels,
                  label_count[0]);
    source->count = lengths[0];
    source->shape = (ggcn_shape){1, lengths[1], lengths[2]};
    source->description = ggcn_image_text("IDX: %s, %s", images, labels);
    data->file_name = ggcn_image_base_name(images);
    if (!source->description || !data->file_name)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a description");
    return name_classes(source, images, labels);
}

static ggcn_status idx_fill(ggcn_image_source *source, const char *path, const ggcn_import_options *options) {
    if (options->labels)
        return fill_from(source, path, options->labels);
    char *labels = NULL;
    GGCN_TRY(labels_beside(path, &labels));
    const ggcn_status status = fill_from(source, path, labels);
    free(labels);
    return status;
}

ggcn_status ggcn_import_idx(const char *path, const ggcn_import_options *options, ggcn_image_source **source) {
    static const ggcn_importer importer = {sizeof(idx_data), idx_fill, idx_read, idx_name, idx_close};
    return ggcn_image_source_open(&importer, path, options, source);
}
