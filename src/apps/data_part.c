#include "data_part.h"

#include "options.h"

ggcn_status data_part_read(const char *option, const char *text, ggcn_set_part *part) {
    static const char *const words[] = {[GGCN_PART_ALL] = "all",
                                        [GGCN_PART_TRAINING] = "training",
                                        [GGCN_PART_HELD_OUT] = "held-out",
                                        [GGCN_PART_ORIGINALS] = "originals"};
    size_t number = 0;
    GGCN_TRY(app_read_choice(option, text, words, sizeof words / sizeof *words, &number));
    *part = (ggcn_set_part)number;
    return GGCN_SUCCESS;
}
