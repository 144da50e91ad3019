#include "report_pictures.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_file.h"

static const char chains[] = "chains", folder_name[] = "grids";

static ggcn_status no_memory(const char *path) {
    return ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "%s: no memory for the pictures", path);
}

/* What a file of train_pictures.c shows. @param[out] series malloc'ed, or NULL: no name of ours */
static ggcn_status parse_name(const char *name, uint64_t *iteration, char **series) {
    char rest[64], text[64];
    int digits = 0;
    *series = NULL;
    if (sscanf(name, "%" SCNu64 "%n", iteration, &digits) != 1 || digits < 8 ||
        strspn(name, "0123456789") != (size_t)digits || strlen(name + digits) >= sizeof rest)
        return GGCN_SUCCESS;
    strcpy(rest, name + digits);
    const size_t length = strlen(rest);
    if (length < 4 || strcmp(rest + length - 4, ".png") != 0)
        return GGCN_SUCCESS;
    rest[length - 4] = 0;
    if (!*rest)
        strcpy(text, chains);
    else if (*rest != '-' || !rest[1])
        return GGCN_SUCCESS;
    else if (strspn(rest + 1, "0123456789") == strlen(rest + 1))
        snprintf(text, sizeof text, "grid %.20s x %.20s", rest + 1, rest + 1);
    else
        snprintf(text, sizeof text, "%s", rest + 1);
    *series = strdup(text);
    return *series ? GGCN_SUCCESS : no_memory(name);
}

static ggcn_status append(report_pictures *pictures, const report_picture *picture) {
    report_picture *list = realloc(pictures->list, (pictures->count + 1) * sizeof *list);
    if (!list)
        return no_memory(picture->name);
    pictures->list = list;
    list[pictures->count++] = *picture;
    return GGCN_SUCCESS;
}

static void release(report_picture *picture) {
    free(picture->name);
    free(picture->series);
    free(picture->bytes);
}

static ggcn_status add_file(report_pictures *pictures, const char *name) {
    report_picture picture = {0};
    GGCN_TRY(parse_name(name, &picture.iteration, &picture.series));
    if (!picture.series)
        return GGCN_SUCCESS;
    const size_t size = strlen(folder_name) + strlen(name) + 2;
    picture.name = malloc(size);
    if (picture.name)
        snprintf(picture.name, size, "%s/%s", folder_name, name);
    const ggcn_status status = picture.name ? append(pictures, &picture) : no_memory(name);
    if (status != GGCN_SUCCESS)
        release(&picture);
    return status;
}

static int compare(const void *left, const void *right) {
    const report_picture *l = left, *r = right;
    const int order = strcmp(l->series, r->series);
    if (order != 0) /* chains before all others */
        return strcmp(l->series, chains) == 0 ? -1 : strcmp(r->series, chains) == 0 ? 1 : order;
    return l->iteration < r->iteration ? -1 : l->iteration > r->iteration;
}

static ggcn_status list_folder(const char *folder, report_pictures *pictures) {
    DIR *stream = opendir(folder);
    if (!stream && errno == ENOENT)
        return GGCN_SUCCESS;
    if (!stream)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot read the folder: %s", folder, strerror(errno));
    ggcn_status status = GGCN_SUCCESS;
    for (struct dirent *entry; status == GGCN_SUCCESS && (entry = readdir(stream)) != NULL;)
        status = add_file(pictures, entry->d_name);
    closedir(stream);
    if (pictures->count > 0)
        qsort(pictures->list, pictures->count, sizeof *pictures->list, compare);
    pictures->found = pictures->count;
    return status;
}

/* Of n pictures of a series m stay: number floor(i (n-1) / (m-1)) for i = 0 .. m-1, or the last one. */
static bool stays(size_t number, size_t n, size_t m) {
    if (n <= m)
        return true;
    if (m == 1)
        return number == n - 1;
    const size_t i = (number * (m - 1) + n - 2) / (n - 1); /* the first i with i (n-1) / (m-1) >= number */
    return i * (n - 1) / (m - 1) == number;
}

static void thin(report_pictures *pictures, size_t most) {
    size_t kept = 0;
    for (size_t first = 0, next; first < pictures->count; first = next) {
        for (next = first + 1; next < pictures->count; next++)
            if (strcmp(pictures->list[next].series, pictures->list[first].series) != 0)
                break;
        for (size_t i = first; i < next; i++) {
            if (stays(i - first, next - first, most))
                pictures->list[kept++] = pictures->list[i];
            else
                release(&pictures->list[i]);
        }
    }
    pictures->count = kept;
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The header chunk comes first in every PNG file, and begins with the sides. */
static bool measure(report_picture *picture) {
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
    if (picture->size < sizeof signature + 8 || memcmp(picture->bytes, signature, sizeof signature) != 0)
        return false;
    picture->width = big_endian(picture->bytes + sizeof signature);
    picture->height = big_endian(picture->bytes + sizeof signature + 4);
    return true;
}

static ggcn_status check(const char *path, report_picture *picture) {
    if (!measure(picture))
        GGCN_FAIL(GGCN_ERROR_FORMAT, "remove it", "%s: damaged, or no PNG file", path);
    return GGCN_SUCCESS;
}

static ggcn_status read_file(const char *directory, report_picture *picture) {
    char path[4096], *bytes;
    snprintf(path, sizeof path, "%s/%s", directory, picture->name);
    GGCN_TRY(report_file_read(path, "the picture", &bytes, &picture->size));
    picture->bytes = (uint8_t *)bytes;
    return check(path, picture);
}

ggcn_status report_pictures_read(const char *directory, size_t most, report_pictures *pictures) {
    char folder[4096];
    *pictures = (report_pictures){0};
    snprintf(folder, sizeof folder, "%s/%s", directory, folder_name);
    ggcn_status status = list_folder(folder, pictures);
    if (status == GGCN_SUCCESS)
        thin(pictures, most);
    for (size_t i = 0; status == GGCN_SUCCESS && i < pictures->count; i++)
        status = read_file(directory, &pictures->list[i]);
    if (status != GGCN_SUCCESS)
        report_pictures_clear(pictures);
    return status;
}

ggcn_status report_pictures_add(report_pictures *pictures, const char *name, uint64_t iteration, uint8_t *bytes,
                                size_t size) {
    report_picture picture = {
        .name = strdup(name), .series = strdup(chains), .iteration = iteration, .bytes = bytes, .size = size};
    ggcn_status status = picture.name && picture.series ? check(name, &picture) : no_memory(name);
    if (status == GGCN_SUCCESS)
        status = append(pictures, &picture);
    if (status != GGCN_SUCCESS)
        release(&picture);
    else
        pictures->found++;
    return status;
}

void report_pictures_clear(report_pictures *pictures) {
    for (size_t i = 0; i < pictures->count; i++)
        release(&pictures->list[i]);
    free(pictures->list);
    *pictures = (report_pictures){0};
}
