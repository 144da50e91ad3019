/**
 * @file
 * Arithmetic of a network's convolutions.
 */
#ifndef GGCN_PRECISION_H
#define GGCN_PRECISION_H

typedef enum {
    GGCN_PRECISION_F32,
    GGCN_PRECISION_BF16 /**< operands rounded to bfloat16 (8 bits of fraction), sums in float32 */
} ggcn_precision;

#endif
