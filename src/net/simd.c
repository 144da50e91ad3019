#include "net/simd.h"

#include <string.h>

#include "net/onednn.h"

bool ggcn_simd_pays(void) {
#if defined(__AVX2__) && defined(__FMA__)
    const char *name = ggcn_onednn_instruction_set();
    return strncmp(name, "avx2", 4) == 0 || strncmp(name, "avx512", 6) == 0;
#else
    return false;
#endif
}
