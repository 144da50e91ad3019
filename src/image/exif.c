#include "image/exif.h"

#include <stdbool.h>
#include <string.h>

enum { header_bytes = 8, entry_bytes = 12, tag_orientation = 0x0112, type_short = 3 };

/* A TIFF structure; its numbers are big- or little-endian as its first bytes say. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
} tiff;

/* The caller has checked that the bytes are there. */
static uint32_t number(const tiff *t, size_t at, int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | t->bytes[at + (size_t)(t->big_endian ? i : count - 1 - i)];
    return value;
}

int ggcn_exif_orientation(const uint8_t *exif, size_t size) {
    static const char prefix[6] = "Exif\0";
    tiff t = {exif, size, false};
    if (t.size >= sizeof prefix && memcmp(t.bytes, prefix, sizeof prefix) == 0) {
        t.bytes += sizeof prefix;
        t.size -= sizeof prefix;
    }
    if (t.size < header_bytes || (memcmp(t.bytes, "II", 2) != 0 && memcmp(t.bytes, "MM", 2) != 0))
        return 1;
    t.big_endian = t.bytes[0] == 'M';
    const size_t directory = number(&t, 4, 4);
    if (number(&t, 2, 2) != 42 || directory > t.size - 2)
        return 1;
    const uint32_t entries = number(&t, directory, 2);
    for (uint32_t i = 0; i < entries; i++) {
        const size_t entry = directory + 2 + (size_t)i * entry_bytes;
        if (entry + entry_bytes > t.size)
            return 1;
        if (number(&t, entry, 2) != tag_orientation)
            continue;
        const uint32_t value = number(&t, entry + 8, 2);
        const bool valid = number(&t, entry + 2, 2) == type_short && number(&t, entry + 4, 4) == 1;
        return valid && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
