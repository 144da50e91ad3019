/* The schema parser: what it refuses, with which words, and how paths find their entries. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "ggcn/resources.h"
#include "ggcn/schema.h"
#include "schema.h"
#include "schema_pieces.h"

/* A good schema around the part that is tested. */
#define HEAD                                                                                                           \
    "format: ggcn-test\nversion: 3\nname: test\ndescription: d\nmend: m\nsummary: s\ninclude: provenance\n"            \
    "dimensions:\n  - {name: n, description: d}\n  - {name: m, description: d, local: true}\n"
#define DATA "datasets:\n  - {path: x, type: f32, shape: [n], description: d}\n"

static ggcn_schema *parse(const char *text) {
    ggcn_schema *schema;
    ck_assert_msg(ggcn_schema_parse("test", text, strlen(text), &schema) == GGCN_SUCCESS, "%s",
                  ggcn_last_error()->message);
    return schema;
}

static void refuse(const char *text, const char *words) {
    ggcn_schema *schema;
    ck_assert_msg(ggcn_schema_parse("test", text, strlen(text), &schema) == GGCN_ERROR_CONFIG, "accepted: %s", text);
    ck_assert_ptr_null(schema);
    ck_assert_msg(strstr(ggcn_last_error()->message, "schema test") && strstr(ggcn_last_error()->message, words),
                  "no \"%s\" in \"%s\"", words, ggcn_last_error()->message);
}

START_TEST(entries) {
    ggcn_schema *schema =
        parse(HEAD "groups:\n  - {path: a, description: d}\n  - {path: a/*, description: d, since: 2}\n"
                   "datasets:\n"
                   "  - {path: a/*/w, type: f32, shape: [n, m], or_shape: [n], finite: true, min: -1.5, "
                   "description: first}\n"
                   "  - {path: a/*/*, type: u32, shape: [], below: n, description: second}\n"
                   "  - {path: a/b/w, type: text, shape: [n], unique: true, description: third}\n");
    ck_assert_str_eq(ggcn_schema_dataset_of(schema, "a/b/w")->description, "third");
    ck_assert_str_eq(ggcn_schema_dataset_of(schema, "a/c/w")->description, "first");
    ck_assert_str_eq(ggcn_schema_dataset_of(schema, "a/c/v")->description, "second");
    ck_assert_ptr_null(ggcn_schema_dataset_of(schema, "a/c/d/w")); /* a * stays within one name */
    ck_assert_int_eq(ggcn_schema_group_of(schema, "a/c")->since, 2);
    ck_assert_ptr_null(ggcn_schema_group_of(schema, "b"));
    const ggcn_schema_dataset *first = &schema->datasets[0];
    ck_assert(first->finite && !first->unique && !first->optional && *first->min == -1.5 && first->or_shape_count == 1);
    ck_assert_int_eq(ggcn_schema_dimension_of(schema, "m"), 1);
    ck_assert_int_eq(ggcn_schema_dimension_of(schema, "k"), -1);
    ck_assert(!schema->closed && schema->included && schema->included->attributes_count > 10);
    ggcn_schema_destroy(&schema);
    ck_assert_ptr_null(schema);
}
END_TEST

START_TEST(syntax) {
    refuse("", "empty");
    refuse("format: \"ggcn-test\nversion: 1\n", "line: ");
    refuse(HEAD "colour: red\n", "colour");
    refuse(HEAD "datasets:\n  - {path: x, type: f16, shape: [n], description: d}\n", "f16");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [n], description: d, finite: maybe}\n", "maybe");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, description: d}\n", "shape");
    refuse(HEAD "attributes:\n  - {name: x, type: text}\n", "description");
    refuse(HEAD "attributes:\n  - {name: x, type: text, description: d, form: poem}\n", "poem");
}
END_TEST

START_TEST(kinds) {
    refuse("format: ggcn-test\nversion: 1\nname: test\ndescription: d\n",
           "needs version, name, mend, summary and include");
    refuse("description: d\ninclude: provenance\n", "but is no kind of file");
    refuse("format: ggcn-test\nversion: 3\nname: t\ndescription: d\nmend: m\nsummary: s\ninclude: nothing\n",
           "no schema \"nothing\" to include");
    refuse("format: ggcn-test\nversion: 3\nname: t\ndescription: d\nmend: m\nsummary: s\ninclude: dataset\n",
           "a kind of file of its own");
    const ggcn_schema *schema;
    ck_assert_int_eq(ggcn_schema_find("ggcn-nothing", &schema), GGCN_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "\"ggcn-nothing\" is no kind"));
    ck_assert_str_eq(ggcn_last_error()->hint, "the kinds are: ggcn-chains ggcn-checkpoint ggcn-dataset ggcn-metrics "
                                              "ggcn-network ggcn-samples ggcn-statistics");
    ck_assert_int_eq(ggcn_schema_find("ggcn-provenance", &schema), GGCN_ERROR_FORMAT); /* a part of others */
    ck_assert_int_eq(ggcn_schema_find("netCDF", &schema), GGCN_ERROR_FORMAT);
}
END_TEST

START_TEST(dimensions) {
    refuse(HEAD "  - {name: n, description: d}\n", "dimension \"n\" is listed twice");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [k], description: d}\n", "no dimension \"k\"");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [n, n], description: d}\n", "\"n\" twice");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [n], or_shape: [m], description: d}\n",
           "both shapes have 1 dimensions");
}
END_TEST

START_TEST(datasets) {
    refuse(HEAD DATA "  - {path: x, type: f32, shape: [n], description: d}\n", "data set \"x\" is listed twice");
    refuse(HEAD "datasets:\n  - {path: g/x, type: f32, shape: [n], description: d}\n", "no group \"g\"");
    refuse(HEAD "datasets:\n  - {path: x, type: i64, shape: [n], description: d}\n", "type i64");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [n], description: d, since: 4}\n", "since version 4 of 3");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [], description: d, checksum: true}\n", "no checksum");
    refuse(HEAD "datasets:\n  - {path: x, type: u32, shape: [n], description: d, finite: true}\n", "`finite` is for");
    refuse(HEAD "datasets:\n  - {path: x, type: u32, shape: [n], description: d, increasing: true}\n",
           "`increasing` is");
    refuse(HEAD "datasets:\n  - {path: x, type: u64, shape: [n, m], description: d, scale: true}\n", "`scale` for one");
    refuse(HEAD "datasets:\n  - {path: x, type: u64, shape: [n], description: d, unique: true}\n",
           "`unique` is for text");
    refuse(HEAD "datasets:\n  - {path: x, type: text, shape: [n], description: d, min: 0}\n", "`min` for numbers");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [n], description: d, below: n}\n", "`below` is for");
    refuse(HEAD "datasets:\n  - {path: x, type: u32, shape: [n], description: d, below: m}\n",
           "no dimension of the whole");
    refuse(HEAD "datasets:\n  - {path: x, type: f32, shape: [n], description: d, up_to: n}\n", "`up_to` is for");
    refuse(HEAD "datasets:\n  - {path: x, type: u32, shape: [n], description: d, up_to: m}\n",
           "up_to \"m\", which is no dimension of the whole");
    refuse(HEAD "datasets:\n  - {path: x, type: u32, shape: [n], description: d, below: n, up_to: n}\n",
           "`below` and `up_to` together");
}
END_TEST

START_TEST(attributes) {
    refuse(HEAD "attributes:\n  - {name: a, type: i64, description: d}\n  - {name: a, type: i64, description: d}\n",
           "attribute \"a\" is listed twice");
    refuse(HEAD "attributes:\n  - {name: a, type: u32, description: d}\n", "type u32, expected text, i64 or f64");
    refuse(HEAD "attributes:\n  - {name: a, type: i64, description: d, form: digest}\n", "are for text");
    refuse(HEAD "attributes:\n  - {name: a, type: text, description: d, min: 1}\n", "`min` is for numbers");
    refuse(HEAD "attributes:\n  - {name: a, type: i64, description: d, below: k}\n", "below \"k\"");
    refuse(HEAD "attributes:\n  - {name: a, type: text, description: d, sum: images}\n", "`sum` is for digests");
    refuse(HEAD "attributes:\n  - {name: a, type: text, description: d, sum: network}\n", "`sum` is for digests");
    refuse(HEAD "attributes:\n  - {name: a, type: text, form: digest, description: d, sum: numbers}\n", "`sum` is for");
    refuse(HEAD "attributes:\n  - {name: a, type: text, form: digest, description: d, sum: group}\n", "`sum` is for");
    refuse(HEAD "attributes:\n  - {name: a, type: text, form: digest, description: d, sum: group, of: g}\n"
                "groups:\n  - {path: g, description: d}\n",
           "no ordered group");
    refuse(HEAD "dataset_attributes:\n  - {name: a, type: text, form: digest, description: d, sum: images}\n",
           "`sum` is for");
}
END_TEST

/* The pieces of a data set cover each element once, and none is larger than 16 MiB. */
static void check_pieces(int rank, const hsize_t *dims, const hsize_t *chunk, int64_t expected) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_fapl_core(access, 1 << 20, false);
    if (chunk)
        H5Pset_chunk(list, rank, chunk); /* otherwise contiguous; nothing is ever written */
    const hid_t file = H5Fcreate("pieces.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t dataset = H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    ggcn_pieces pieces;
    ck_assert_int_eq(ggcn_pieces_plan("pieces.h5", dataset, 8, &pieces), GGCN_SUCCESS);
    ck_assert_int_eq(pieces.count, expected);
    ck_assert_uint_le(8 * ggcn_pieces_elements(&pieces), (size_t)16 << 20);
    hsize_t elements = 1, covered = 0;
    for (int i = 0; i < rank; i++)
        elements *= dims[i];
    for (int64_t p = 0; p < pieces.count; p++) {
        hsize_t start[GGCN_H5_RANKS], size[GGCN_H5_RANKS], volume = 1;
        ggcn_pieces_place(&pieces, p, start, size);
        for (int i = 0; i < rank; i++) {
            ck_assert_uint_le(start[i] + size[i], dims[i]);
            ck_assert_uint_eq(start[i] % pieces.box[i], 0); /* a grid, so no two pieces overlap */
            ck_assert(!chunk || start[i] % chunk[i] == 0);
            volume *= size[i];
        }
        covered += volume;
    }
    ck_assert_uint_eq(covered, elements);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Fclose(file);
    H5Pclose(list);
    H5Pclose(access);
}

START_TEST(pieces) {
    check_pieces(1, (hsize_t[]){5000000}, (hsize_t[]){100000}, 3);
    check_pieces(2, (hsize_t[]){3, 5000000}, NULL, 8);
    /* 100 kB a state, 4 states a chunk: all 40 chains of 4 draws are 16 MB. */
    check_pieces(5, (hsize_t[]){40, 1001, 3, 64, 64}, (hsize_t[]){4, 1, 3, 64, 64}, 251);
}
END_TEST

/* Every schema that is built in parses; the page mentions every entry of each. */
START_TEST(built_in) {
    size_t count, found = 0;
    const ggcn_resource *texts = ggcn_resources(&count);
    char *page;
    ck_assert_int_eq(ggcn_file_formats(&page), GGCN_SUCCESS);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i].kind, "schemas") != 0)
            continue;
        ggcn_schema *schema;
        ck_assert_msg(ggcn_schema_parse(texts[i].name, texts[i].text, strlen(texts[i].text), &schema) == GGCN_SUCCESS,
                      "%s", ggcn_last_error()->message);
        found += schema->format != NULL;
        for (uint32_t d = 0; d < schema->datasets_count; d++)
            ck_assert_ptr_nonnull(strstr(page, schema->datasets[d].path));
        for (uint32_t a = 0; a < schema->attributes_count; a++)
            ck_assert_ptr_nonnull(strstr(page, schema->attributes[a].name));
        ggcn_schema_destroy(&schema);
    }
    free(page);
    ck_assert_uint_eq(found, 7);
}
END_TEST

int main(int argc, char **argv) {
    if (ggcn_hpc_start(&argc, &argv) != GGCN_SUCCESS)
        return EXIT_FAILURE;
    Suite *suite = suite_create("schema");
    TCase *tests = tcase_create("schema");
    tcase_add_test(tests, entries);
    tcase_add_test(tests, syntax);
    tcase_add_test(tests, kinds);
    tcase_add_test(tests, dimensions);
    tcase_add_test(tests, datasets);
    tcase_add_test(tests, attributes);
    tcase_add_test(tests, pieces);
    tcase_add_test(tests, built_in);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* MPI does not survive a fork */
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    ggcn_hpc_finish();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
