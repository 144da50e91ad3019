/* Drives a fuzz target without libFuzzer: replay SECONDS FILE...
 * Each file as it is, then changed files until the time is over: bits turned, bytes set, parts cut out or doubled, and
 * cut off. The changes are the same each time; how many there are depends on the machine. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

enum { largest = 1 << 20 };

static uint64_t state = 88172645463325252u;

/* xorshift64 */
static size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return limit ? (size_t)(state % limit) : 0;
}

static size_t read_file(const char *path, uint8_t *bytes) {
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        exit(1);
    }
    const size_t size = fread(bytes, 1, largest, stream);
    fclose(stream);
    return size;
}

static size_t change(uint8_t *bytes, size_t size) {
    static const uint8_t special[] = {0, 1, 0x7f, 0x80, 0xff};
    const size_t at = below(size), length = 1 + below(size - at < 64 ? size - at : 64);
    switch (size ? below(6) : 5) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << below(8));
        return size;
    case 1:
        bytes[at] = special[below(sizeof special)];
        return size;
    case 2:
        bytes[at] = (uint8_t)below(256);
        return size;
    case 3: /* cut a part out */
        memmove(bytes + at, bytes + at + length, size - at - length);
        return size - length;
    case 4: /* double a part */
        if (size + length > largest)
            return size;
        memmove(bytes + at + length, bytes + at, size - at);
        return size + length;
    default:
        return at;
    }
}

/* A copy of exactly its size, so that the sanitizers see a step beyond its end. */
static void try_bytes(const uint8_t *bytes, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        exit(1);
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

int main(int argc, char **argv) {
    uint8_t *bytes = malloc(largest);
    if (argc < 3 || !bytes) {
        fprintf(stderr, "usage: replay SECONDS FILE...\n");
        return 2;
    }
    const time_t end = time(NULL) + atol(argv[1]);
    long runs = 0;
    for (bool first = true; first || time(NULL) < end; first = false)
        for (int i = 2; i < argc && (first || time(NULL) < end); i++, runs++) {
            size_t size = read_file(argv[i], bytes);
            for (size_t n = first ? 0 : 1 + below(4); n > 0; n--)
                size = change(bytes, size);
            try_bytes(bytes, size);
        }
    free(bytes);
    printf("%ld inputs\n", runs);
    return 0;
}
