/* The layouts are those of the "HDF5 File Format Specification", sections IV.A.1.b (object header, version 2), IV.A.2.m
 * (attribute), IV.A.2.i (layout, version 4), III.E (global heap) and III.F (its block of a virtual data set). Numbers
 * are little-endian. */
#include "h5_heap.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "h5_checksum.h"

enum { longest_heap = 1 << 26, most_parts = 4096 }; /* bytes of a heap; continuations of a header */

typedef struct {
    const char *path;
    FILE *stream;
    uint64_t size;
    ggcn_status status;
} heap_check;

static uint64_t number(const uint8_t *bytes, int count) {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static ggcn_status damaged(const heap_check *c, const char *what) {
    GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: damaged HDF5 file: %s", c->path, what);
}

/* A piece of the file, malloc'ed. */
static ggcn_status load(const heap_check *c, uint64_t address, uint64_t bytes, uint8_t **piece) {
    *piece = NULL;
    if (address > c->size || bytes > c->size - address || bytes == 0)
        return damaged(c, "it refers to bytes beyond its end");
    *piece = malloc(bytes);
    if (!*piece)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to check the file", c->path);
    if (fseek(c->stream, (long)address, SEEK_SET) == 0 && fread(*piece, 1, bytes, c->stream) == bytes)
        return GGCN_SUCCESS;
    free(*piece);
    *piece = NULL;
    GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot read the file", c->path);
}

/* Objects follow each other: number, count of references, 4 unused bytes, length, the contents up to a multiple of 8.
 * Number 0 is the rest of the heap. */
static bool sound(const uint8_t *heap, uint64_t size) {
    uint64_t at = 16;
    while (size - at >= 16) {
        const uint64_t index = number(heap + at, 2), length = number(heap + at + 8, 8), left = size - at;
        if (length > left)
            return false;
        if (index == 0)
            return length == left;
        const uint64_t padded = 16 + (length + 7) / 8 * 8;
        if (padded > left)
            return false;
        at += padded;
    }
    return true;
}

/* An object of a sound heap. @param[out] length  of its contents @return the contents; NULL: there is no such object */
static const uint8_t *find_object(const uint8_t *heap, uint64_t size, uint64_t wanted, uint64_t *length) {
    for (uint64_t at = 16; size - at >= 16 && number(heap + at, 2) != 0;) {
        *length = number(heap + at + 8, 8);
        if (number(heap + at, 2) == wanted)
            return heap + at + 16;
        at += 16 + (*length + 7) / 8 * 8;
    }
    return NULL;
}

/* The heap at an address, malloc'ed, with an object of this number. @param[out] object  its contents, within the heap
 */
static ggcn_status load_object(heap_check *c, uint64_t address, uint64_t wanted, uint8_t **heap, const uint8_t **object,
                               uint64_t *length) {
    *heap = NULL;
    uint8_t *head;
    GGCN_TRY(load(c, address, 16, &head));
    const uint64_t size = number(head + 8, 8);
    const bool marked = memcmp(head, "GCOL\1", 5) == 0;
    free(head);
    if (!marked || size < 16 || size > longest_heap)
        return damaged(c, "no heap of texts where there should be one");
    GGCN_TRY(load(c, address, size, heap));
    *object = sound(*heap, size) ? find_object(*heap, size, wanted, length) : NULL;
    if (*object)
        return GGCN_SUCCESS;
    free(*heap);
    *heap = NULL;
    return damaged(c, "the lengths in a heap of texts make no sense");
}

/* HDF5 makes room for as many bytes as the reference says, and copies as many as the heap says. */
static ggcn_status check_text(heap_check *c, uint64_t address, uint64_t wanted, uint64_t bytes) {
    uint8_t *heap;
    const uint8_t *text;
    uint64_t length;
    GGCN_TRY(load_object(c, address, wanted, &heap, &text, &length));
    free(heap);
    return length == bytes ? GGCN_SUCCESS : damaged(c, "a text in a heap has another length than its attribute says");
}

/* HDF5 looks at the checksum only behind the names and selections, which it trusts to end in time. */
static ggcn_status check_sources(heap_check *c, uint64_t address, uint64_t wanted) {
    uint8_t *heap;
    const uint8_t *sources;
    uint64_t length;
    GGCN_TRY(load_object(c, address, wanted, &heap, &sources, &length));
    const bool good = length > 4 && number(sources + length - 4, 4) == ggcn_h5_checksum(sources, length - 4);
    free(heap);
    return good ? GGCN_SUCCESS : damaged(c, "the checksum of a virtual data set's sources is wrong");
}

/* How many elements a dataspace message of version 2 says; 0 if it says anything else. */
static uint64_t elements_of(const uint8_t *space, uint64_t bytes) {
    if (bytes < 4 || space[0] != 2 || bytes < 4 + 8 * (uint64_t)space[1])
        return 0;
    uint64_t count = space[3] == 2 ? 0 : 1; /* null, scalar, simple */
    for (int i = 0; i < space[1]; i++)
        count *= number(space + 4 + 8 * i, 8);
    return count;
}

/* An attribute of version 3: of variable length (class 9) its elements are length, heap and object. */
static ggcn_status check_attribute(heap_check *c, const uint8_t *message, uint64_t bytes) {
    if (bytes < 9 || message[0] != 3 || message[1] != 0)
        return GGCN_SUCCESS;
    const uint64_t name = number(message + 2, 2), type = number(message + 4, 2), space = number(message + 6, 2);
    if (9 + name + type + space > bytes || type < 8 || ((message[9 + name] & 15) == 9 && type < 16))
        return damaged(c, "an attribute is longer than its message");
    const uint8_t *datatype = message + 9 + name, *data = datatype + type + space;
    if ((datatype[0] & 15) != 9)
        return GGCN_SUCCESS;
    const uint64_t count = elements_of(datatype + type, space), left = bytes - 9 - name - type - space;
    const uint64_t unit = number(datatype + 12, 4); /* the size of what there is a variable number of */
    for (uint64_t i = 0; i < count && (i + 1) * 16 <= left; i++) {
        const uint64_t length = number(data + 16 * i, 4), address = number(data + 16 * i + 4, 8);
        if (address != 0 && address != UINT64_MAX)
            GGCN_TRY(check_text(c, address, number(data + 16 * i + 12, 4), length * unit));
    }
    return GGCN_SUCCESS;
}

/* A virtual data set (layout version 4, class 3) keeps its list of sources there. */
static ggcn_status check_layout(heap_check *c, const uint8_t *message, uint64_t bytes) {
    if (bytes < 14 || message[0] != 4 || message[1] != 3)
        return GGCN_SUCCESS;
    const uint64_t address = number(message + 2, 8);
    return address == UINT64_MAX ? GGCN_SUCCESS : check_sources(c, address, number(message + 10, 4));
}

typedef struct {
    uint64_t address, size; /* of the messages */
} part;

/* The messages of one part of a header; continuations are added to the list. */
static ggcn_status check_messages(heap_check *c, const uint8_t *messages, uint64_t size, int prefix, part *parts,
                                  int *count) {
    for (uint64_t at = 0; at + (uint64_t)prefix <= size;) {
        const uint64_t type = messages[at], bytes = number(messages + at + 1, 2);
        const uint8_t *message = messages + at + prefix;
        if (bytes > size - at - (uint64_t)prefix)
            return damaged(c, "a message is longer than its header");
        const bool shared = messages[at + 3] & 2;
        if (type == 12 && !shared)
            GGCN_TRY(check_attribute(c, message, bytes));
        else if (type == 8 && !shared)
            GGCN_TRY(check_layout(c, message, bytes));
        else if (type == 16 && bytes >= 16 && *count < most_parts && number(message + 8, 8) > 8)
            parts[(*count)++] =
                (part){number(message, 8) + 4, number(message + 8, 8) - 8}; /* without "OCHK" and checksum */
        at += (uint64_t)prefix + bytes;
    }
    return GGCN_SUCCESS;
}

/* The first part of an object header of version 2. @param[out] prefix bytes before each message; 0: an older header */
static ggcn_status find_messages(const heap_check *c, uint64_t address, part *first, int *prefix) {
    uint8_t *head;
    const uint64_t left = address < c->size ? c->size - address : 0;
    *prefix = 0;
    GGCN_TRY(load(c, address, left < 40 ? left : 40, &head));
    if (left >= 40 && memcmp(head, "OHDR\2", 5) == 0) {
        const int flags = head[5], width = 1 << (flags & 3);
        const int at = 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
        *prefix = flags & 4 ? 6 : 4;
        *first = (part){address + (uint64_t)(at + width), number(head + at, width)};
    }
    free(head);
    return GGCN_SUCCESS;
}

static ggcn_status check_object(heap_check *c, uint64_t address) {
    part *parts = malloc(most_parts * sizeof *parts);
    int count = 1, prefix = 0;
    if (!parts)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to check the file", c->path);
    ggcn_status status = find_messages(c, address, &parts[0], &prefix);
    for (int i = 0; status == GGCN_SUCCESS && prefix > 0 && i < count; i++) {
        uint8_t *messages = NULL;
        if (parts[i].size == 0)
            continue;
        status = load(c, parts[i].address, parts[i].size, &messages);
        if (status == GGCN_SUCCESS)
            status = check_messages(c, messages, parts[i].size, prefix, parts, &count);
        free(messages);
    }
    free(parts);
    return status;
}

#if H5_VERSION_GE(1, 14, 0)
ggcn_status ggcn_h5_check_heaps(const char *path, hid_t file) {
    (void)path;
    (void)file;
    (void)check_object;
    return GGCN_SUCCESS; /* this HDF5 looks after itself */
}
#else
static herr_t visit(hid_t file, const char *name, const H5O_info_t *info, void *context) {
    (void)file;
    (void)name;
    heap_check *c = context;
    c->status = check_object(c, info->addr);
    return c->status == GGCN_SUCCESS ? 0 : -1;
}

ggcn_status ggcn_h5_check_heaps(const char *path, hid_t file) {
    struct stat entry;
    heap_check c = {.path = path, .stream = fopen(path, "rb"), .status = GGCN_SUCCESS};
    if (!c.stream || fstat(fileno(c.stream), &entry) != 0)
        c.status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "%s: cannot read the file", path);
    else {
        c.size = (uint64_t)entry.st_size;
        /* Nothing but addresses is asked for: for more, HDF5 would read the heap of a virtual data set before it is
         * checked. */
        if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, visit, &c, H5O_INFO_BASIC) < 0 && c.status == GGCN_SUCCESS)
            c.status = damaged(&c, "its objects cannot be listed");
    }
    if (c.stream)
        fclose(c.stream); /* nothing was written */
    return c.status;
}
#endif
