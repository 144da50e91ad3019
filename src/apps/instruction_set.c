#include "instruction_set.h"

#include <stdio.h>

#include "ggcn/hpc.h"
#include "ggcn/plan.h"

ggcn_status app_check_instruction_set(void) {
    char name[64] = "";
    snprintf(name, sizeof name, "%s", ggcn_plan_instruction_set());
    return ggcn_same_on_all_ranks("oneDNN's instruction set",
                                  "use nodes of one kind, or export ONEDNN_MAX_CPU_ISA with the oldest, e.g. AVX2, and "
                                  "build with -DGGCN_NATIVE=OFF",
                                  name, sizeof name);
}
