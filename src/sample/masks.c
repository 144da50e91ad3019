#include "ggcn/masks.h"

#include <math.h>
#include <string.h>

int64_t ggcn_mask_spots(int64_t height, int64_t width, double share, int64_t spot) {
    const double spots = round(share * (double)height * (double)width / (double)(spot * spot));
    return share > 0 && spots < 1 ? 1 : (int64_t)spots;
}

ggcn_masks ggcn_masks_of(const ggcn_config_inpaint *c, int64_t height, int64_t width) {
    const int64_t side = height < width ? height : width;
    const int64_t square = c->square > 0 ? c->square : (side + 1) / 2, spot = c->spot > 0 ? c->spot : (side + 15) / 16;
    ggcn_masks m = {.height = height, .width = width, .spot = spot};
    if (c->mask == GGCN_MASK_SQUARE || c->mask == GGCN_MASK_BOTH)
        m.square = square;
    if (c->mask == GGCN_MASK_SPOTS || c->mask == GGCN_MASK_BOTH)
        m.spots = ggcn_mask_spots(height, width, c->spots, spot);
    return m;
}

static void hide(const ggcn_masks *m, int64_t y, int64_t x, int64_t side, uint8_t *hidden) {
    for (int64_t i = y; i < y + side && i < m->height; i++)
        for (int64_t j = x; j < x + side && j < m->width; j++)
            hidden[i * m->width + j] = 1;
}

/* One of the places 0 .. last. */
static int64_t place(ggcn_random_key key, uint64_t element, int64_t last) {
    const int64_t at = (int64_t)(ggcn_random_uniform(key, element) * (double)(last + 1));
    return at < last ? at : last;
}

void ggcn_mask_draw(const ggcn_masks *m, ggcn_random_key key, uint8_t *hidden) {
    memset(hidden, 0, (size_t)(m->height * m->width));
    for (int64_t i = 0; m->given && i < m->height * m->width; i++)
        hidden[i] = m->given[i] != 0;
    if (m->square > 0)
        hide(m, (m->height - m->square) / 2, (m->width - m->square) / 2, m->square, hidden);
    for (int64_t s = 0; s < m->spots; s++)
        hide(m, place(key, (uint64_t)(2 * s), m->height - m->spot),
             place(key, (uint64_t)(2 * s + 1), m->width - m->spot), m->spot, hidden);
}
