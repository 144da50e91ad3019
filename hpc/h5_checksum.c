#include "h5_checksum.h"

static uint32_t rotated(uint32_t x, int bits) {
    return x << bits | x >> (32 - bits);
}

/* Up to 4 bytes, little-endian. */
static uint32_t word(const uint8_t *bytes, size_t count) {
    uint32_t value = 0;
    for (size_t i = 0; i < count && i < 4; i++)
        value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

/* x[i] takes part of x[j], and x[k] grows: one line of lookup3's mix. */
static void mix(uint32_t x[3]) {
    static const int bits[] = {4, 6, 8, 16, 19, 4};
    for (int i = 0; i < 6; i++) {
        uint32_t *a = &x[i % 3], *b = &x[(i + 1) % 3], *c = &x[(i + 2) % 3];
        *a -= *c;
        *a ^= rotated(*c, bits[i]);
        *c += *b;
    }
}

static void finish(uint32_t x[3]) {
    static const int bits[] = {14, 11, 25, 16, 4, 14, 24};
    for (int i = 0; i < 7; i++) {
        uint32_t *to = &x[(i + 2) % 3], *from = &x[(i + 1) % 3];
        *to ^= *from;
        *to -= rotated(*from, bits[i]);
    }
}

uint32_t ggcn_h5_checksum(const uint8_t *bytes, size_t count) {
    uint32_t x[3];
    x[0] = x[1] = x[2] = 0xdeadbeef + (uint32_t)count;
    while (count > 12) {
        for (int i = 0; i < 3; i++)
            x[i] += word(bytes + 4 * i, 4);
        mix(x);
        bytes += 12;
        count -= 12;
    }
    if (count == 0)
        return x[2];
    for (size_t i = 0; i < 3 && 4 * i < count; i++)
        x[i] += word(bytes + 4 * i, count - 4 * i);
    finish(x);
    return x[2];
}
