/* Which images ggcn_data import takes and how it changes them; folder names of ggcn_data export. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/data_export_names.h"
#include "apps/data_import_changes.h"
#include "apps/data_import_plan.h"
#include "apps/data_import_skipped.h"

/* --- a source without files --------------------------------------------------------------------------------------- */

enum { classes = 3, most_images = 100 };

static uint32_t label_of[most_images];
static int bad_label = -1; /* image whose label cannot be read */
static ggcn_shape shape_of[most_images];

/* Pixel (c, y, x) of image i. */
static uint8_t pixel(int64_t i, int64_t c, int64_t y, int64_t x) {
    return (uint8_t)(31 * i + 100 * c + 10 * y + x);
}

static ggcn_status read_image(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label) {
    ck_assert(number >= 0 && number < source->count);
    if (number == bad_label)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "image %d is bad", bad_label);
    *label = label_of[number];
    if (!picture)
        return GGCN_SUCCESS;
    const ggcn_shape shape = shape_of[number];
    GGCN_TRY(ggcn_picture_reshape(picture, shape));
    uint8_t *to = picture->pixels;
    for (int64_t c = 0; c < shape.channels; c++)
        for (int64_t y = 0; y < shape.height; y++)
            for (int64_t x = 0; x < shape.width; x++)
                *to++ = pixel(number, c, y, x);
    return GGCN_SUCCESS;
}

static void name_image(ggcn_image_source *source, int64_t number, char *text, size_t size) {
    (void)source;
    snprintf(text, size, "image%d", (int)number);
}

static ggcn_image_source make_source(int64_t count, int64_t held_out) {
    static char cat[] = "cat", dog[] = "dog", bird[] = "12"; /* a name that looks like a number */
    static char *names[classes] = {cat, dog, bird};
    for (int64_t i = 0; i < count; i++) {
        label_of[i] = (uint32_t)(i % classes);
        shape_of[i] = (ggcn_shape){3, 4, 6};
    }
    bad_label = -1;
    return (ggcn_image_source){.count = count,
                               .held_out = held_out,
                               .shape = {3, 4, 6},
                               .n_classes = classes,
                               .classes = names,
                               .read = read_image,
                               .name = name_image};
}

static void assert_failed(ggcn_status found, ggcn_status expected, const char *words) {
    ck_assert_int_eq(found, expected);
    ck_assert_msg(strstr(ggcn_last_error()->message, words) != NULL, "no \"%s\" in \"%s\"", words,
                  ggcn_last_error()->message);
}

static import_plan make_plan(ggcn_image_source *source, const import_selection *selection) {
    import_plan plan;
    ggcn_status status = import_plan_create("source", source, selection, NULL, &plan);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    status = import_plan_finish("source", selection, &plan);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    return plan;
}

/* --- plan --------------------------------------------------------------------------------------------------------- */

START_TEST(all_images_in_order) {
    ggcn_image_source source = make_source(20, 5);
    import_plan plan = make_plan(&source, &(import_selection){0});
    ck_assert_int_eq(import_plan_count(&plan), 20);
    ck_assert_int_eq(plan.parts[IMPORT_HELD_OUT].count, 5);
    ck_assert_uint_eq(plan.n_classes, 3);
    for (int64_t i = 0; i < 20; i++) {
        ck_assert_int_eq(import_plan_number(&plan, i), i);
        ck_assert_uint_eq(import_plan_label(&plan, i), label_of[i]);
    }
    import_plan_clear(&plan);
    ck_assert_ptr_null(plan.classes);
}
END_TEST

START_TEST(classes_by_name_and_number) {
    ggcn_image_source source = make_source(20, 6);
    import_plan plan = make_plan(&source, &(import_selection){.classes = "12,0"});
    ck_assert_uint_eq(plan.n_classes, 2);
    ck_assert_str_eq(plan.classes[0], "12");
    ck_assert_str_eq(plan.classes[1], "cat");
    static const int numbers[] = {0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
    ck_assert_int_eq(import_plan_count(&plan), 13);
    ck_assert_int_eq(plan.parts[IMPORT_TRAINING].count, 9);
    for (int i = 0; i < 13; i++) {
        ck_assert_int_eq(import_plan_number(&plan, i), numbers[i]);
        ck_assert_uint_eq(import_plan_label(&plan, i), numbers[i] % 3 == 2 ? 0 : 1);
    }
    import_plan_clear(&plan);

    assert_failed(import_plan_create("p", &source, &(import_selection){.classes = "cat,cow"}, NULL, &plan),
                  GGCN_ERROR_ARGUMENT, "unknown class \"cow\"");
    ck_assert_str_eq(ggcn_last_error()->hint, "the classes are cat, dog, 12");
    assert_failed(import_plan_create("p", &source, &(import_selection){.classes = "3"}, NULL, &plan),
                  GGCN_ERROR_ARGUMENT, "unknown class \"3\"");
    assert_failed(import_plan_create("p", &source, &(import_selection){.classes = "cat,"}, NULL, &plan),
                  GGCN_ERROR_ARGUMENT, "unknown class \"\"");
    assert_failed(import_plan_create("p", &source, &(import_selection){.classes = "cat,0"}, NULL, &plan),
                  GGCN_ERROR_ARGUMENT, "cat is named twice");
    for (int i = 0; i < 20; i++)
        label_of[i] = 1;
    assert_failed(import_plan_create("p", &source, &(import_selection){.classes = "cat"}, NULL, &plan),
                  GGCN_ERROR_ARGUMENT, "p: none of its 14 images is of the classes cat");
}
END_TEST

START_TEST(limit_takes_the_first_and_keeps_shares) {
    ggcn_image_source source = make_source(60, 20);
    import_plan plan = make_plan(&source, &(import_selection){.limit = 10});
    ck_assert_int_eq(plan.parts[IMPORT_TRAINING].count, 7);
    ck_assert_int_eq(plan.parts[IMPORT_HELD_OUT].count, 3);
    ck_assert_int_eq(import_plan_number(&plan, 6), 6);
    ck_assert_int_eq(import_plan_number(&plan, 7), 40);
    import_plan_clear(&plan);
    plan = make_plan(&source, &(import_selection){.limit = 1});
    ck_assert_int_eq(import_plan_count(&plan), 1);
    import_plan_clear(&plan);
    plan = make_plan(&source, &(import_selection){.limit = INT64_MAX});
    ck_assert_int_eq(import_plan_count(&plan), 60);
    import_plan_clear(&plan);
}
END_TEST

/* Whether a part holds exactly the numbers first .. last-1. */
static void assert_permutation(const import_part *part, int64_t first, int64_t last) {
    bool seen[most_images] = {false};
    ck_assert_int_eq(part->count, last - first);
    for (int64_t i = 0; i < part->count; i++) {
        ck_assert(part->numbers[i] >= first && part->numbers[i] < last && !seen[part->numbers[i]]);
        seen[part->numbers[i]] = true;
        ck_assert_uint_eq(part->labels[i], label_of[part->numbers[i]]);
    }
}

START_TEST(shuffle_depends_on_the_seed_alone) {
    ggcn_image_source source = make_source(60, 20);
    import_plan one = make_plan(&source, &(import_selection){.shuffle = true, .seed = 1});
    import_plan again = make_plan(&source, &(import_selection){.shuffle = true, .seed = 1});
    import_plan other = make_plan(&source, &(import_selection){.shuffle = true, .seed = 2});
    import_plan few = make_plan(&source, &(import_selection){.shuffle = true, .seed = 1, .limit = 30});
    assert_permutation(&one.parts[IMPORT_TRAINING], 0, 40);
    assert_permutation(&one.parts[IMPORT_HELD_OUT], 40, 60);
    const size_t bytes = 40 * sizeof(uint32_t);
    ck_assert_mem_eq(one.parts[0].numbers, again.parts[0].numbers, bytes);
    ck_assert_int_ne(memcmp(one.parts[0].numbers, other.parts[0].numbers, bytes), 0);
    /* the limit takes the first of the shuffled ones */
    ck_assert_int_eq(few.parts[0].count, 20);
    ck_assert_mem_eq(one.parts[0].numbers, few.parts[0].numbers, bytes / 2);
    /* the parts are shuffled in different ways */
    int same = 0;
    for (int i = 0; i < 20; i++)
        same += one.parts[1].numbers[i] - 40 == one.parts[0].numbers[i];
    ck_assert_int_lt(same, 10);
    import_plan_clear(&one);
    import_plan_clear(&again);
    import_plan_clear(&other);
    import_plan_clear(&few);
}
END_TEST

START_TEST(split_takes_a_share_of_each_class) {
    ggcn_image_source source = make_source(62, 0); /* 21, 21 and 20 images */
    const import_selection selection = {.split = 0.25, .seed = 3};
    import_plan plan = make_plan(&source, &selection), again = make_plan(&source, &selection);
    ck_assert_int_eq(import_plan_count(&plan), 62);
    ck_assert_int_eq(plan.parts[IMPORT_HELD_OUT].count, 15);
    int of_class[classes] = {0};
    bool seen[most_images] = {false};
    for (int p = 0; p < IMPORT_PARTS; p++) {
        const import_part *part = &plan.parts[p];
        for (int64_t i = 0; i < part->count; i++) {
            ck_assert(i == 0 || part->numbers[i] > part->numbers[i - 1]); /* the order stays */
            ck_assert(!seen[part->numbers[i]]);
            seen[part->numbers[i]] = true;
            ck_assert_uint_eq(part->labels[i], label_of[part->numbers[i]]);
            of_class[part->labels[i]] += p;
        }
        ck_assert_mem_eq(part->numbers, again.parts[p].numbers, (size_t)part->count * sizeof *part->numbers);
    }
    ck_assert(of_class[0] == 5 && of_class[1] == 5 && of_class[2] == 5);
    /* not simply the first or last ones, and not the same of every class */
    bool regular = true;
    for (int64_t i = 0; i + 2 < 15; i += 3)
        regular = regular && plan.parts[1].numbers[i] + 2 == plan.parts[1].numbers[i + 2];
    ck_assert(!regular);
    import_plan_clear(&plan);
    import_plan_clear(&again);
}
END_TEST

START_TEST(split_limits) {
    ggcn_image_source source = make_source(9, 0);
    import_plan plan = make_plan(&source, &(import_selection){.split = 0.99});
    ck_assert_int_eq(plan.parts[IMPORT_TRAINING].count, 3); /* one of each class is left */
    import_plan_clear(&plan);
    const import_selection little = {.split = 0.1};
    ck_assert_int_eq(import_plan_create("p", &source, &little, NULL, &plan), GGCN_SUCCESS);
    assert_failed(import_plan_finish("p", &little, &plan), GGCN_ERROR_ARGUMENT, "holds out none");
    import_plan_clear(&plan);
    source = make_source(9, 3);
    assert_failed(import_plan_create("p", &source, &(import_selection){.split = 0.5}, NULL, &plan), GGCN_ERROR_ARGUMENT,
                  "held-out part of its own (3 images)");
}
END_TEST

START_TEST(bad_labels) {
    ggcn_image_source source = make_source(9, 0);
    import_plan plan;
    bad_label = 4;
    assert_failed(import_plan_create("p", &source, &(import_selection){0}, NULL, &plan), GGCN_ERROR_FORMAT,
                  "image 4 is bad");
    import_skipped skipped = {0};
    ck_assert_int_eq(import_plan_create("p", &source, &(import_selection){0}, &skipped, &plan), GGCN_SUCCESS);
    ck_assert_int_eq(skipped.count, 1);
    ck_assert_str_eq(skipped.reasons[0], "image 4 is bad");
    ck_assert_int_eq(plan.parts[IMPORT_TRAINING].count, 8);
    ck_assert_uint_eq(plan.parts[IMPORT_TRAINING].numbers[4], 5);
    import_plan_clear(&plan);
    import_skipped_clear(&skipped);
    source.count = (int64_t)INT32_MAX + 1;
    assert_failed(import_plan_create("p", &source, &(import_selection){0}, NULL, &plan), GGCN_ERROR_ARGUMENT,
                  "at most 2147483647");
}
END_TEST

START_TEST(long_list_of_bad_images) {
    import_skipped skipped = {0};
    char reason[2 * IMPORT_REASON_BYTES];
    memset(reason, 'x', sizeof reason);
    reason[sizeof reason - 1] = '\0';
    for (int i = 0; i < 3 * IMPORT_SKIPPED_LISTED; i++)
        ck_assert_int_eq(import_skipped_add(&skipped, reason), GGCN_SUCCESS);
    ck_assert_int_eq(skipped.count, 3 * IMPORT_SKIPPED_LISTED);
    ck_assert_uint_eq(strlen(skipped.reasons[IMPORT_SKIPPED_LISTED - 1]), IMPORT_REASON_BYTES - 1);
    import_skipped_clear(&skipped);
    ck_assert_int_eq(skipped.count, 0);
}
END_TEST

/* --- changes ------------------------------------------------------------------------------------------------------ */

static void assert_settled(ggcn_shape source_shape, import_changes changes, ggcn_fit fit, ggcn_shape shape) {
    ggcn_image_source source = make_source(1, 0);
    source.shape = source_shape;
    const ggcn_status status = import_changes_settle("p", &source, &changes);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    ck_assert_int_eq(changes.fit, fit);
    ck_assert_int_eq(changes.shape.channels, shape.channels);
    ck_assert_int_eq(changes.shape.height, shape.height);
    ck_assert_int_eq(changes.shape.width, shape.width);
}

START_TEST(what_the_changes_come_to) {
    const ggcn_shape fixed = {3, 28, 30}, differ = {3, 0, 0}, grey = {1, 28, 28};
    const ggcn_crop box = {.width = 20, .height = 10, .centred = true};
    assert_settled(fixed, (import_changes){.size = 32}, GGCN_FIT_PAD, (ggcn_shape){3, 32, 32});
    assert_settled(fixed, (import_changes){.size = 29}, GGCN_FIT_RESIZE, (ggcn_shape){3, 29, 29});
    assert_settled(fixed, (import_changes){.size = 20, .crop = box}, GGCN_FIT_PAD, (ggcn_shape){3, 20, 20});
    assert_settled(fixed, (import_changes){.size = 32, .fit = GGCN_FIT_RESIZE, .fit_given = true}, GGCN_FIT_RESIZE,
                   (ggcn_shape){3, 32, 32});
    assert_settled(grey, (import_changes){.size = 32}, GGCN_FIT_PAD, (ggcn_shape){1, 32, 32});
    assert_settled(differ, (import_changes){.size = 32}, GGCN_FIT_COVER, (ggcn_shape){3, 32, 32});
    assert_settled(differ, (import_changes){.size = 32, .crop = box, .grey = true}, GGCN_FIT_COVER,
                   (ggcn_shape){1, 32, 32});
    assert_settled(differ, (import_changes){.crop = box}, GGCN_FIT_COVER, (ggcn_shape){3, 10, 20});
    assert_settled(differ, (import_changes){0}, GGCN_FIT_COVER, (ggcn_shape){3, 0, 0});
    ggcn_image_source source = make_source(1, 0);
    import_changes small = {.size = 5, .fit = GGCN_FIT_PAD, .fit_given = true};
    assert_failed(import_changes_settle("p", &source, &small), GGCN_ERROR_ARGUMENT, "p: images of 4x6 pixels");
}
END_TEST

START_TEST(changes_of_an_image) {
    ggcn_image_source source = make_source(4, 0);
    source.shape = (ggcn_shape){3, 0, 0};
    import_workspace workspace = {0};
    const ggcn_picture *result;
    import_changes changes = {.crop = {.width = 2, .height = 3, .x = 4, .y = 1}};
    ck_assert_int_eq(import_changes_settle("p", &source, &changes), GGCN_SUCCESS);
    ck_assert_int_eq(import_changes_apply(&changes, &source, 2, &workspace, &result), GGCN_SUCCESS);
    ck_assert(result->shape.channels == 3 && result->shape.height == 3 && result->shape.width == 2);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 2; x++)
                ck_assert_uint_eq(result->pixels[(c * 3 + y) * 2 + x], pixel(2, c, y + 1, x + 4));

    shape_of[3] = (ggcn_shape){3, 3, 6}; /* the crop does not fit */
    assert_failed(import_changes_apply(&changes, &source, 3, &workspace, &result), GGCN_ERROR_FORMAT, "image3");

    /* padded and coloured: grey pixels come three times, in the middle of black */
    shape_of[1] = (ggcn_shape){1, 2, 2};
    changes = (import_changes){.size = 4, .fit = GGCN_FIT_PAD, .fit_given = true};
    ck_assert_int_eq(import_changes_settle("p", &source, &changes), GGCN_SUCCESS);
    ck_assert_int_eq(import_changes_apply(&changes, &source, 1, &workspace, &result), GGCN_SUCCESS);
    ck_assert(result->shape.channels == 3 && result->shape.height == 4 && result->shape.width == 4);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 4; x++) {
                const bool inside = y > 0 && y < 3 && x > 0 && x < 3;
                ck_assert_uint_eq(result->pixels[(c * 4 + y) * 4 + x], inside ? pixel(1, 0, y - 1, x - 1) : 0);
            }
    assert_failed(import_changes_apply(&changes, &source, 2, &workspace, &result), GGCN_ERROR_ARGUMENT,
                  "image2: 4x6 pixels");

    /* all shapes must be that of the first */
    changes = (import_changes){.shape = {3, 4, 6}};
    ck_assert_int_eq(import_changes_apply(&changes, &source, 0, &workspace, &result), GGCN_SUCCESS);
    assert_failed(import_changes_apply(&changes, &source, 3, &workspace, &result), GGCN_ERROR_ARGUMENT,
                  "image3 has 3x6 pixels");
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->hint, "--size"));
    import_workspace_clear(&workspace);
}
END_TEST

/* --- export ------------------------------------------------------------------------------------------------------- */

START_TEST(safe_folders) {
    static char one[] = "a/b", two[] = "../x", three[] = "", four[] = "/etc", five[] = ".hidden", six[] = "_hidden",
                seven[] = "tab\tback\\", eight[300];
    memset(eight, 'y', sizeof eight - 1);
    static char *names[] = {one, two, three, four, five, six, seven, eight};
    static const char *const expected[] = {"a/b", "_./x", "_", "_/etc", "_hidden", "_hidden_5", "tab_back_"};
    const ggcn_dataset_info info = {.count = 10, .held_out = 4, .n_classes = 8, .classes = names};
    export_names folders;
    ck_assert_int_eq(export_names_create("dir", &info, &folders), GGCN_SUCCESS);
    for (int i = 0; i < 7; i++)
        ck_assert_str_eq(folders.folders[i], expected[i]);
    ck_assert_uint_eq(strlen(folders.folders[7]), 200);
    char *path;
    ck_assert_int_eq(export_file(&folders, 5, 0, &path), GGCN_SUCCESS);
    ck_assert_str_eq(path, "dir/train/a/b/0000005.png");
    free(path);
    ck_assert_int_eq(export_file(&folders, 6, 4, &path), GGCN_SUCCESS);
    ck_assert_str_eq(path, "dir/held-out/_hidden/0000006.png");
    free(path);
    export_names_clear(&folders);
    const ggcn_dataset_info whole = {.count = 10, .n_classes = 1, .classes = names};
    ck_assert_int_eq(export_names_create("dir", &whole, &folders), GGCN_SUCCESS);
    ck_assert_int_eq(export_file(&folders, 9, 0, &path), GGCN_SUCCESS);
    ck_assert_str_eq(path, "dir/a/b/0000009.png");
    free(path);
    export_names_clear(&folders);

    static char nasty[] = "_hidden_1"; /* what the second of two equal names would become */
    static char *clash[] = {five, six, nasty};
    const ggcn_dataset_info unclear = {.count = 1, .n_classes = 3, .classes = clash};
    assert_failed(export_names_create("dir", &unclear, &folders), GGCN_ERROR_ARGUMENT, "classes 1 and 2");
    ck_assert_ptr_null(folders.folders);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("import_plan");
    TCase *plan = tcase_create("plan"), *changes = tcase_create("changes"), *names = tcase_create("names");
    tcase_add_test(plan, all_images_in_order);
    tcase_add_test(plan, classes_by_name_and_number);
    tcase_add_test(plan, limit_takes_the_first_and_keeps_shares);
    tcase_add_test(plan, shuffle_depends_on_the_seed_alone);
    tcase_add_test(plan, split_takes_a_share_of_each_class);
    tcase_add_test(plan, split_limits);
    tcase_add_test(plan, bad_labels);
    tcase_add_test(plan, long_list_of_bad_images);
    tcase_add_test(changes, what_the_changes_come_to);
    tcase_add_test(changes, changes_of_an_image);
    tcase_add_test(names, safe_folders);
    suite_add_tcase(suite, plan);
    suite_add_tcase(suite, changes);
    suite_add_tcase(suite, names);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
