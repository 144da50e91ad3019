/* Digests over ranks, and how they are written. */
#ifndef GGCN_HPC_DIGEST_H
#define GGCN_HPC_DIGEST_H

#include <stdint.h>

#include "ggcn/status.h"

enum { GGCN_DIGEST_TEXT = 17 }; /* bytes of a digest as text */

/* 16 lower-case hexadecimal digits. */
void ggcn_digest_text(uint64_t digest, char text[GGCN_DIGEST_TEXT]);

/* Collective: XXH3-64 of the values of all ranks in rank order; the same result on every rank. */
ggcn_status ggcn_digest_over_ranks(const uint64_t *mine, int64_t count, uint64_t *digest);

#endif
