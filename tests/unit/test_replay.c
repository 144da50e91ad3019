/* The replay buffer: which chains restart from which slot, and where finished chains go. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/replay.h"

enum { CHAINS = 10, LATENT = 3, ELEMENTS = 4 };

typedef struct {
    ggcn_config config;
    ggcn_chains chains;
    ggcn_replay buffer;
} fixture;

/* `first`: global number of the buffer's first chain. */
static void create(fixture *f, int64_t slots, double fresh, int64_t first) {
    *f = (fixture){
        .config = {.learning.chains = CHAINS,
                   .replay = {.size = (uint64_t)slots * CHAINS, .fresh = fresh},
                   .run.seed = 5},
        .chains = {.shape = {1, 2, 2}, .elements = ELEMENTS, .block = 1, .first = first, .count = CHAINS - first}};
    ck_assert_int_eq(ggcn_replay_create(&f->config, &f->chains, CHAINS, LATENT, &f->buffer), GGCN_SUCCESS);
}

/* An image and a latent that say which chain of which iteration they are. */
static void store(fixture *f, uint64_t iteration, int64_t chain) {
    float x[ELEMENTS], z[LATENT];
    for (int i = 0; i < ELEMENTS; i++)
        x[i] = (float)(iteration * 1000 + (uint64_t)(f->chains.first + chain) * 10) + (float)i;
    for (int i = 0; i < LATENT; i++)
        z[i] = -x[0] - (float)i;
    ggcn_replay_store(&f->buffer, iteration, chain, x, z);
}

/* The iteration whose chain is in a slot; image and latent must be whole and of that chain. */
static int content(const fixture *f, int64_t chain, int64_t slot) {
    const float *x = f->buffer.x + (chain * f->buffer.slots + slot) * ELEMENTS;
    const float *z = f->buffer.z + (chain * f->buffer.slots + slot) * LATENT;
    for (int i = 0; i < ELEMENTS; i++)
        ck_assert_float_eq(x[i], x[0] + (float)i);
    for (int i = 0; i < LATENT; i++)
        ck_assert_float_eq(z[i], -x[0] - (float)i);
    ck_assert_int_eq((int)x[0] % 1000, (int)(f->chains.first + chain) * 10);
    return (int)x[0] / 1000;
}

START_TEST(without_a_buffer_all_chains_are_fresh) {
    fixture f;
    create(&f, 0, 0, 0);
    for (uint64_t iteration = 0; iteration < 5; iteration++)
        for (int64_t chain = 0; chain < CHAINS; chain++) {
            ck_assert(!ggcn_replay_choose(&f.buffer, iteration, chain));
            store(&f, iteration, chain);
        }
    ggcn_state state = {0};
    ck_assert_int_eq(ggcn_replay_state(&f.buffer, &state), GGCN_SUCCESS);
    ck_assert_uint_eq(state.count, 0);
    ggcn_replay_destroy(&f.buffer);
}
END_TEST

/* Slots fill one after the other; then finished fresh chains replace each slot as often as another. */
START_TEST(fresh_chains_fill_and_replace) {
    enum { SLOTS = 3, ITERATIONS = 303 };
    fixture f;
    create(&f, SLOTS, 1, 0);
    int replaced[SLOTS] = {0}, now[CHAINS][SLOTS] = {{0}};
    for (uint64_t iteration = 0; iteration < ITERATIONS; iteration++)
        for (int64_t chain = 0; chain < CHAINS; chain++) {
            ck_assert(!ggcn_replay_choose(&f.buffer, iteration, chain));
            store(&f, iteration + 1, chain);
            ck_assert_uint_eq(f.buffer.filled[chain], iteration < SLOTS ? iteration + 1 : SLOTS);
            int changed = -1;
            for (int slot = 0; slot < (int)f.buffer.filled[chain]; slot++) {
                const int of = content(&f, chain, slot);
                if (of == now[chain][slot])
                    continue;
                ck_assert_int_eq(changed, -1);
                ck_assert_int_eq(of, (int)iteration + 1);
                changed = slot;
                now[chain][slot] = of;
            }
            ck_assert_int_ge(changed, 0);
            if (iteration < SLOTS)
                ck_assert_int_eq(changed, (int)iteration);
            else
                replaced[changed]++;
        }
    for (int slot = 0; slot < SLOTS; slot++) /* 1000 each, standard deviation 26 */
        ck_assert_int_le(abs(replaced[slot] - (ITERATIONS - SLOTS) * CHAINS / SLOTS), 105);
    ggcn_replay_destroy(&f.buffer);
}
END_TEST

/* A chain that restarted goes back to its slot; each filled slot is chosen as often as another. */
START_TEST(restarted_chains_go_back_to_their_slot) {
    enum { SLOTS = 3, ITERATIONS = 300 };
    fixture f;
    create(&f, SLOTS, 0, 0);
    for (int64_t chain = 0; chain < CHAINS; chain++) {
        ck_assert(!ggcn_replay_choose(&f.buffer, 0, chain)); /* nothing there yet */
        for (uint64_t slot = 0; slot < 2; slot++)
            store(&f, slot + 1, chain);
    }
    int chosen[SLOTS] = {0};
    for (uint64_t iteration = 10; iteration < 10 + ITERATIONS; iteration++)
        for (int64_t chain = 0; chain < CHAINS; chain++) {
            ck_assert(ggcn_replay_choose(&f.buffer, iteration, chain));
            const uint32_t slot = f.buffer.restarted[chain];
            ck_assert_uint_lt(slot, 2);
            chosen[slot]++;
            ck_assert_ptr_eq(ggcn_replay_image(&f.buffer, chain), f.buffer.x + (chain * SLOTS + slot) * ELEMENTS);
            ck_assert_ptr_eq(ggcn_replay_latent(&f.buffer, chain), f.buffer.z + (chain * SLOTS + slot) * LATENT);
            const int other = content(&f, chain, 1 - slot);
            store(&f, iteration, chain);
            ck_assert_int_eq(content(&f, chain, slot), (int)iteration);
            ck_assert_int_eq(content(&f, chain, 1 - slot), other);
            ck_assert_uint_eq(f.buffer.filled[chain], 2);
        }
    ck_assert_int_eq(chosen[2], 0);
    ck_assert_int_le(abs(chosen[0] - chosen[1]), 220); /* standard deviation 55 */
    ggcn_replay_destroy(&f.buffer);
}
END_TEST

START_TEST(a_fraction_starts_afresh) {
    enum { ITERATIONS = 1000 };
    static const double fractions[] = {0.05, 0.3, 0.5, 0.95};
    const double fresh = fractions[_i], n = ITERATIONS * CHAINS;
    fixture f;
    create(&f, 1, fresh, 0);
    int count = 0;
    for (int64_t chain = 0; chain < CHAINS; chain++) {
        ck_assert(!ggcn_replay_choose(&f.buffer, 0, chain));
        store(&f, 0, chain);
    }
    for (uint64_t iteration = 1; iteration <= ITERATIONS; iteration++)
        for (int64_t chain = 0; chain < CHAINS; chain++)
            count += !ggcn_replay_choose(&f.buffer, iteration, chain);
    ck_assert_double_eq_tol(count, fresh * n, 4 * sqrt(n * fresh * (1 - fresh)));
    ggcn_replay_destroy(&f.buffer);
}
END_TEST

/* The choices are functions of the chain's number in the run, not of the rank that has it. */
START_TEST(choices_do_not_depend_on_the_rank) {
    enum { SLOTS = 4, FIRST = 6 };
    fixture whole, part;
    create(&whole, SLOTS, 0.4, 0);
    create(&part, SLOTS, 0.4, FIRST);
    for (uint64_t iteration = 0; iteration < 50; iteration++)
        for (int64_t chain = FIRST; chain < CHAINS; chain++) {
            ck_assert_int_eq(ggcn_replay_choose(&whole.buffer, iteration, chain),
                             ggcn_replay_choose(&part.buffer, iteration, chain - FIRST));
            store(&whole, iteration, chain);
            store(&part, iteration, chain - FIRST);
        }
    const size_t images = (CHAINS - FIRST) * SLOTS;
    ck_assert_mem_eq(part.buffer.x, whole.buffer.x + FIRST * SLOTS * ELEMENTS, images * ELEMENTS * sizeof(float));
    ck_assert_mem_eq(part.buffer.z, whole.buffer.z + FIRST * SLOTS * LATENT, images * LATENT * sizeof(float));
    ck_assert_mem_eq(part.buffer.filled, whole.buffer.filled + FIRST, (CHAINS - FIRST) * sizeof(uint32_t));
    ggcn_replay_destroy(&whole.buffer);
    ggcn_replay_destroy(&part.buffer);
}
END_TEST

START_TEST(the_state_is_listed) {
    enum { SLOTS = 2, FIRST = 4 };
    fixture f;
    create(&f, SLOTS, 0, FIRST);
    ggcn_state state = {0};
    ck_assert_int_eq(ggcn_replay_state(&f.buffer, &state), GGCN_SUCCESS);
    static const char *const paths[] = {"chains/replay/x", "chains/replay/latent", "chains/replay/filled"};
    const size_t rows[] = {SLOTS * ELEMENTS, SLOTS * LATENT, 1};
    ck_assert_uint_eq(state.count, 3);
    for (int i = 0; i < 3; i++) {
        const ggcn_array *a = &state.arrays[i];
        ck_assert_str_eq(a->path, paths[i]);
        ck_assert_uint_eq(ggcn_array_row(a), rows[i]);
        ck_assert_int_eq(a->dims[0], CHAINS);
        ck_assert(a->distributed);
        ck_assert_int_eq(a->first, FIRST);
        ck_assert_int_eq(a->count, CHAINS - FIRST);
    }
    ggcn_state_clear(&state);
    ggcn_replay_destroy(&f.buffer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("replay");
    TCase *buffer = tcase_create("buffer");
    tcase_add_test(buffer, without_a_buffer_all_chains_are_fresh);
    tcase_add_test(buffer, fresh_chains_fill_and_replace);
    tcase_add_test(buffer, restarted_chains_go_back_to_their_slot);
    tcase_add_loop_test(buffer, a_fraction_starts_afresh, 0, 4);
    tcase_add_test(buffer, choices_do_not_depend_on_the_rank);
    tcase_add_test(buffer, the_state_is_listed);
    tcase_set_timeout(buffer, 60); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, buffer);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
