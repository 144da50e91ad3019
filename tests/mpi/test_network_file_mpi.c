/* Network files under several ranks: written and read again, and every bad file refused with words that say why.
 * test_network_file_mpi FOLDER */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_mpi.h"
#include "ggcn/hpc.h"
#include "ggcn/network.h"
#include "ggcn/network_file.h"

static const ggcn_shape image = {3, 8, 8};

/* Every kind of layer that has numbers. */
static const char layers[] = "layers:\n"
                             "  - {op: norm, name: pixels}\n"
                             "  - {op: conv, name: first, channels: 4, kernel: 3x2, pad: 1}\n"
                             "  - {op: leaky_relu}\n"
                             "  - {op: deconv, name: up, channels: 5, kernel: 2, stride: 2, bias: false}\n"
                             "  - {op: norm, name: second}\n"
                             "  - {op: bias, name: shift}\n"
                             "  - {op: dense, name: last, channels: 6}\n";

static char *join(const char *folder, const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Number i of parameters and of statistics: a function of i, positive, no two alike. */
static float number(size_t i) {
    return 0.5f + (float)i / 1024;
}

typedef struct {
    ggcn_graph *graph;
    float *parameters, *statistics;
    size_t n_parameters, n_statistics;
} network;

static network make(void) {
    network n = {0};
    CHECK(ggcn_network_parse("test", layers, strlen(layers), image, &n.graph) == GGCN_SUCCESS);
    n.n_parameters = ggcn_graph_parameters(n.graph, NULL, NULL);
    n.n_statistics = ggcn_graph_statistics(n.graph, NULL, NULL);
    n.parameters = malloc(n.n_parameters * sizeof(float));
    n.statistics = malloc(n.n_statistics * sizeof(float));
    if (!n.parameters || !n.statistics)
        ggcn_hpc_abort(1);
    for (size_t i = 0; i < n.n_parameters; i++)
        n.parameters[i] = number(i);
    for (size_t i = 0; i < n.n_statistics; i++)
        n.statistics[i] = number(1000 + i);
    return n;
}

static void release(network *n) {
    ggcn_graph_destroy(&n->graph);
    free(n->parameters);
    free(n->statistics);
}

/* Reads one float of a data set, as any other program would. */
static float plain(hid_t file, const char *name, int rank, const hsize_t *dims, hsize_t index) {
    static float values[16384];
    hsize_t found[8] = {0}, count = 1;
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(dataset);
    CHECK(H5Sget_simple_extent_ndims(space) == rank);
    H5Sget_simple_extent_dims(space, found, NULL);
    for (int i = 0; i < rank; i++) {
        CHECK(found[i] == dims[i]);
        count *= found[i];
    }
    if (count <= sizeof values / sizeof *values)
        CHECK(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
    return values[index];
}

static void round_trip(const char *path) {
    network n = make();
    CHECK(ggcn_network_file_write(path, n.graph, n.parameters, n.statistics, "a test", "a formula") == GGCN_SUCCESS);
    CHECK(ggcn_network_is_file(path));
    if (ggcn_rank() == 0) { /* the form that ggcn/network_file.h describes */
        const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        const size_t first = 2 * 3, up = first + 4 * 3 * 3 * 2 + 4, second = up + 4 * 5 * 2 * 2;
        CHECK(plain(file, "weights/first/weight", 4, (const hsize_t[]){4, 3, 3, 2}, 7) == number(first + 7));
        CHECK(plain(file, "weights/first/bias", 1, (const hsize_t[]){4}, 3) == number(up - 1));
        CHECK(plain(file, "weights/up/weight", 4, (const hsize_t[]){4, 5, 2, 2}, 79) == number(second - 1));
        CHECK(plain(file, "weights/second/gamma", 1, (const hsize_t[]){5}, 0) == number(second));
        CHECK(plain(file, "weights/second/beta", 1, (const hsize_t[]){5}, 4) == number(second + 9));
        CHECK(plain(file, "weights/pixels/mean", 1, (const hsize_t[]){3}, 2) == number(1002));
        CHECK(plain(file, "weights/pixels/variance", 1, (const hsize_t[]){3}, 0) == number(1003));
        CHECK(plain(file, "weights/second/variance", 1, (const hsize_t[]){5}, 4) == number(1015));
        CHECK(plain(file, "weights/shift/bias", 1, (const hsize_t[]){5}, 0) == number(second + 10));
        CHECK(plain(file, "weights/last/weight", 2, (const hsize_t[]){6, 5 * 16 * 18}, 0) == number(second + 15));
        H5Fclose(file);
    }
    for (int given = 0; given < 2; given++) {
        network r = {0};
        const ggcn_status status =
            ggcn_network_file_read(path, given ? image : (ggcn_shape){0, 0, 0}, &r.graph, &r.parameters, &r.statistics);
        CHECK(status == GGCN_SUCCESS);
        if (status != GGCN_SUCCESS)
            continue;
        CHECK(ggcn_graph_digest(r.graph) == ggcn_graph_digest(n.graph));
        CHECK(memcmp(r.parameters, n.parameters, n.n_parameters * sizeof(float)) == 0);
        CHECK(memcmp(r.statistics, n.statistics, n.n_statistics * sizeof(float)) == 0);
        release(&r);
    }
    release(&n);
}

/* Without any layer that has numbers. */
static void nothing_to_store(const char *path) {
    ggcn_graph *graph, *again;
    float *parameters, *statistics;
    CHECK(ggcn_network_parse("test", "layers: [{op: relu}]", 20, image, &graph) == GGCN_SUCCESS);
    CHECK(ggcn_network_file_write(path, graph, NULL, NULL, "", "") == GGCN_SUCCESS);
    CHECK(ggcn_network_file_read(path, (ggcn_shape){3, 5, 6}, &again, &parameters, &statistics) == GGCN_SUCCESS);
    CHECK(ggcn_graph_output(again).width == 6 && statistics == NULL);
    ggcn_graph_destroy(&graph);
    ggcn_graph_destroy(&again);
    free(parameters);
}

static void bad_numbers(const char *path) {
    network n = make();
    const char *message = ggcn_last_error()->message;
    n.parameters[6 + 9] = INFINITY;
    ggcn_status status = ggcn_network_file_write(path, n.graph, n.parameters, n.statistics, "", "");
    CHECK(status == (ggcn_rank() == 0 ? GGCN_ERROR_NUMERIC : GGCN_ERROR_ELSEWHERE));
    CHECK(ggcn_rank() != 0 || strstr(message, "weights/first/weight\", number 9 of 72 is inf"));
    CHECK(!ggcn_network_is_file(path));
    n.parameters[6 + 9] = 0.25f + (float)(ggcn_rank() == 1);
    status = ggcn_network_file_write(path, n.graph, n.parameters, n.statistics, "", "");
    CHECK(status == (ggcn_ranks() == 1 ? GGCN_SUCCESS : ggcn_rank() == 1 ? GGCN_ERROR_CONFIG : GGCN_ERROR_ELSEWHERE));
    CHECK(ggcn_rank() != 1 || strstr(message, "rank 1: the network to be written differs"));
    release(&n);
}

/* --- bad files ---------------------------------------------------------------------------------------------------- */

static void put_text(hid_t object, const char *name, const char *text) {
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text) + 1);
    H5Adelete(object, name);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    CHECK(H5Awrite(attribute, type, text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_width(hid_t file, int64_t width) {
    const hid_t space = H5Screate(H5S_SCALAR);
    H5Adelete(file, "input_width");
    const hid_t attribute = H5Acreate2(file, "input_width", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    CHECK(H5Awrite(attribute, H5T_NATIVE_INT64, &width) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* Puts a data set of another kind, stored as it should be, in the place of one. */
static void replace(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims) {
    static const double zeros[256];
    H5Ldelete(file, name, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(rank, dims, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    CHECK(H5Pset_chunk(list, rank, dims) >= 0 && H5Pset_fletcher32(list) >= 0);
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    CHECK(dataset >= 0 && H5Sget_simple_extent_npoints(space) <= 256);
    CHECK(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) >= 0);
    put_text(dataset, "description", "zeros");
    put_text(dataset, "units", "1");
    H5Dclose(dataset);
    H5Pclose(list);
    H5Sclose(space);
}

/* Changes one number of a data set; the chunk's checksum follows. */
static void change(hid_t file, const char *name, hsize_t count, hsize_t index, float value) {
    float values[64];
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    CHECK(count <= 64 && H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    values[index] = value;
    CHECK(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
}

enum { BAD_FILES = 22 };

/* Spoils an open file, and gives two things that the message must say. */
static void spoil(hid_t file, int number_of, const char *says[2]) {
    says[0] = says[1] = "";
    switch (number_of) {
    case 0:
        put_text(file, "format", "ggcn-dataset");
        says[0] = "expected a network file (format \"ggcn-network\"), found format \"ggcn-dataset\"";
        break;
    case 1:
        H5Adelete(file, "format_version");
        says[0] = "\"format_version\" is missing";
        break;
    case 2:
        H5Adelete(file, "layers");
        says[0] = "attribute \"layers\" is missing";
        break;
    case 3: /* as other programs may write it, without a digest */
        H5Adelete(file, "layers_digest");
        put_text(file, "layers", "layers:\n  - {op: conf}\n");
        says[0] = "attribute \"layers\"";
        says[1] = "conf";
        break;
    case 4:
        H5Adelete(file, "layers_digest");
        put_text(file, "layers", "layers:\n  - {op: conv, name: huge, channels: 3, kernel: 99}\n");
        says[0] = "no network for images of 3 x 8 x 8";
        says[1] = "'huge'";
        break;
    case 5:
        H5Adelete(file, "input_height");
        says[0] = "attribute \"input_height\" is missing";
        break;
    case 6:
        put_width(file, -8);
        says[0] = "attribute \"input_width\": expected a number of at least 1, found -8";
        break;
    case 7:
        put_text(file, "input_width", "8");
        says[0] = "attribute \"input_width\": expected the type i64, found another one";
        break;
    case 8: /* the dense layer reads all positions */
        put_width(file, 9);
        says[0] = "\"weights/last/weight\" has the shape [6, 1440], but its layer needs [6, 1600]";
        break;
    case 9:
        H5Ldelete(file, "weights/first/bias", H5P_DEFAULT);
        says[0] = "data set \"weights/first/bias\" is missing";
        break;
    case 10:
        H5Ldelete(file, "weights", H5P_DEFAULT);
        says[0] = "data set \"weights/pixels/gamma\" is missing";
        break;
    case 11:
        replace(file, "weights/first/weight", H5T_IEEE_F32LE, 4, (const hsize_t[]){4, 3, 2, 3});
        says[0] = "\"weights/first/weight\" has the shape [4, 3, 2, 3], but its layer needs [4, 3, 3, 2]";
        break;
    case 12:
        replace(file, "weights/first/bias", H5T_IEEE_F32LE, 2, (const hsize_t[]){4, 1});
        says[0] = "\"weights/first/bias\": expected 1 dimensions [output], found 2";
        break;
    case 13:
        replace(file, "weights/first/bias", H5T_IEEE_F64LE, 1, (const hsize_t[]){4});
        says[0] = "\"weights/first/bias\": expected the type f32, found f64";
        break;
    case 14:
        replace(file, "weights/first/bias", H5T_STD_I32LE, 1, (const hsize_t[]){4});
        says[0] = "\"weights/first/bias\": expected the type f32, found i32";
        break;
    case 15:
        replace(file, "weights/first/scale", H5T_IEEE_F32LE, 1, (const hsize_t[]){4});
        says[0] = "\"weights/first/scale\" belongs to no layer";
        break;
    case 16:
        H5Gclose(H5Gcreate2(file, "weights/firs", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        says[0] = "\"weights/firs\" belongs to no layer";
        break;
    case 17:
        change(file, "weights/first/bias", 4, 2, NAN);
        says[0] = "\"weights/first/bias\", number 2 of 4 is ";
        says[1] = "expected a finite number";
        break;
    case 18:
        change(file, "weights/second/variance", 5, 4, -0.5f);
        says[0] = "\"weights/second/variance\", number 4 of 5 is -0.5, expected a finite number of at least 0";
        break;
    case 19:
        change(file, "weights/first/bias", 4, 2, 7);
        says[0] = "attribute \"digest\": expected ";
        says[1] = ", the digest of the numbers, found ";
        break;
    case 20:
        put_text(file, "layers", "layers:\n  - {op: conv, channels: 3, kernel: 3}\n");
        says[0] = "attribute \"layers_digest\": expected ";
        says[1] = ", the digest of the layers, found ";
        break;
    default:
        replace(file, "weights/up", H5T_IEEE_F32LE, 1, (const hsize_t[]){4});
        says[0] = "group \"weights/up\": expected a group, found a data set";
        break;
    }
}

static void expect_refusal(const char *path, ggcn_shape input, ggcn_status expected, int which, const char *says[2]) {
    network r;
    const ggcn_status status = ggcn_network_file_read(path, input, &r.graph, &r.parameters, &r.statistics);
    const char *message = ggcn_last_error()->message;
    CHECK(r.graph == NULL && r.parameters == NULL && r.statistics == NULL);
    CHECK(status == (ggcn_rank() == 0 ? expected : GGCN_ERROR_ELSEWHERE));
    if (ggcn_rank() == 0 && (!strstr(message, path) || !strstr(message, says[0]) || !strstr(message, says[1]))) {
        printf("FAIL bad file %d: \"%s\" and \"%s\" are not in: %s\n", which, says[0], says[1], message);
        failures++;
    }
}

static void write_good(const char *path) {
    network n = make();
    CHECK(ggcn_network_file_write(path, n.graph, n.parameters, n.statistics, "a test", "a formula") == GGCN_SUCCESS);
    release(&n);
}

static void bad_files(const char *path) {
    const char *says[2] = {"", ""};
    for (int i = 0; i < BAD_FILES; i++) {
        write_good(path);
        if (ggcn_rank() == 0) {
            const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
            spoil(file, i, says);
            H5Fclose(file);
        }
        ggcn_barrier();
        expect_refusal(path, (ggcn_shape){0, 0, 0}, GGCN_ERROR_FORMAT, i, says);
    }
    write_good(path);
    says[0] = "a network for images with 3 channels, but the images have 1";
    says[1] = "";
    expect_refusal(path, (ggcn_shape){1, 8, 8}, GGCN_ERROR_FORMAT, 100, says);
    if (ggcn_rank() == 0) { /* one byte in the middle, where the weights of the dense layer are */
        FILE *file = fopen(path, "r+b");
        CHECK(file && fseek(file, 0, SEEK_END) == 0);
        CHECK(fseek(file, -ftell(file) / 2, SEEK_END) == 0 && fputc(0x5a, file) == 0x5a && fclose(file) == 0);
    }
    ggcn_barrier();
    says[0] = "damaged data";
    says[1] = "weights/last/weight";
    expect_refusal(path, image, GGCN_ERROR_FORMAT, 101, says);
    if (ggcn_rank() == 0) {
        FILE *file = fopen(path, "w");
        CHECK(file && fputs("layers:\n  - {op: relu}\n", file) >= 0 && fclose(file) == 0);
        CHECK(!ggcn_network_is_file(path));
        says[0] = "expected a network file, found a file that is not HDF5";
        says[1] = "";
    }
    ggcn_barrier();
    expect_refusal(path, image, GGCN_ERROR_FORMAT, 102, says);
    ggcn_barrier();
    if (ggcn_rank() == 0)
        remove(path);
    ggcn_barrier();
    CHECK(!ggcn_network_is_file(path));
    says[0] = "cannot open the network file: No such file";
    expect_refusal(path, image, GGCN_ERROR_IO, 103, says);
}

/* A digest is not asked of files from elsewhere. */
static void without_digest(const char *path) {
    network r;
    write_good(path);
    if (ggcn_rank() == 0) {
        const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        H5Adelete(file, "digest");
        change(file, "weights/first/bias", 4, 2, 7);
        H5Fclose(file);
    }
    ggcn_barrier();
    CHECK(ggcn_network_file_read(path, image, &r.graph, &r.parameters, &r.statistics) == GGCN_SUCCESS);
    CHECK(r.parameters && r.parameters[6 + 72 + 2] == 7 && r.parameters[6 + 72 + 1] == number(6 + 72 + 1));
    if (r.graph)
        release(&r);
}

int main(int argc, char **argv) {
    if (ggcn_hpc_start(&argc, &argv) != GGCN_SUCCESS || argc != 2)
        ggcn_hpc_abort(2);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    char path[1024];
    snprintf(path, sizeof path, "%s", join(argv[1], "network.h5"));
    bad_numbers(path);
    round_trip(path);
    without_digest(path);
    nothing_to_store(path);
    bad_files(path);
    double total = failures;
    ggcn_max_over_ranks(&total, 1);
    if (ggcn_rank() == 0)
        printf("%s: %d ranks\n", total == 0 ? "PASS" : "FAIL", ggcn_ranks());
    ggcn_hpc_finish();
    return total == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
