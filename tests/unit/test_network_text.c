/* Networks as YAML texts: every key and default, names and pairs, blocks, generators, and the message of each error. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ggcn/network.h"
#include "ggcn/resources.h"

static const ggcn_shape image = {3, 8, 10};

static ggcn_graph *parse(const char *layers) {
    char text[4096];
    snprintf(text, sizeof text, "layers:\n%s", layers);
    ggcn_graph *graph = NULL;
    ck_assert_msg(ggcn_network_parse("test", text, strlen(text), image, &graph) == GGCN_SUCCESS, "%s: %s", layers,
                  ggcn_last_error()->message);
    return graph;
}

static void check_pair(const int64_t pair[2], int64_t height, int64_t width) {
    ck_assert_int_eq(pair[0], height);
    ck_assert_int_eq(pair[1], width);
}

static void check_shape(const ggcn_graph *graph, int node, int64_t channels, int64_t height, int64_t width) {
    const ggcn_shape s = ggcn_graph_shape(graph, node);
    ck_assert_msg(s.channels == channels && s.height == height && s.width == width, "node %d: %d x %d x %d", node,
                  (int)s.channels, (int)s.height, (int)s.width);
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

START_TEST(every_op) {
    ggcn_graph *graph = parse("  - {op: conv, channels: 6, kernel: 3, pad: 1}\n"
                              "  - {op: bias}\n"
                              "  - {op: norm}\n"
                              "  - {op: relu}\n"
                              "  - {op: leaky_relu}\n"
                              "  - {op: tanh}\n"
                              "  - {op: sigmoid}\n"
                              "  - {op: max_pool, kernel: 2}\n"
                              "  - {op: deconv, channels: 5, kernel: 2, stride: 2}\n"
                              "  - {op: avg_pool, kernel: 2}\n"
                              "  - {op: upsample}\n"
                              "  - {op: add, from: [deconv9, deconv9]}\n"
                              "  - {op: concat, from: [conv1, upsample11, add12]}\n"
                              "  - {op: dense, channels: 4}\n");
    static const ggcn_op ops[] = {
        GGCN_INPUT,        GGCN_CONVOLUTION, GGCN_BIAS,    GGCN_NORM,        GGCN_RELU,
        GGCN_LEAKY_RELU,   GGCN_TANH,        GGCN_SIGMOID, GGCN_MAX_POOL,    GGCN_TRANSPOSED_CONVOLUTION,
        GGCN_AVERAGE_POOL, GGCN_UPSAMPLE,    GGCN_ADD,     GGCN_CONCATENATE, GGCN_DENSE};
    ck_assert_int_eq(ggcn_graph_nodes(graph), 15);
    for (int node = 0; node < 15; node++) {
        char name[64];
        snprintf(name, sizeof name, node ? "%s%d" : "%s", ggcn_op_name(ops[node]), node);
        ck_assert_int_eq(ggcn_graph_layer(graph, node)->op, ops[node]);
        ck_assert_str_eq(ggcn_graph_layer(graph, node)->name, name);
        if (node > 0 && node < 12) /* reads the one before it */
            ck_assert_int_eq(ggcn_graph_layer(graph, node)->inputs[0], node - 1);
    }
    check_shape(graph, 1, 6, 8, 10);
    check_shape(graph, 8, 6, 4, 5);
    check_shape(graph, 9, 5, 8, 10);
    check_shape(graph, 11, 5, 8, 10);
    check_shape(graph, 13, 16, 8, 10);
    check_shape(graph, 14, 4, 1, 1);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(every_key) {
    ggcn_graph *graph =
        parse("  - {op: conv, name: first, channels: 6, kernel: 3x5, stride: 1x2, pad: 0x2, bias: false}\n"
              "  - {op: leaky_relu, slope: 0.125}\n"
              "  - {op: norm, epsilon: 0.5}\n"
              "  - {op: deconv, channels: 2, kernel: 5x4, stride: 3x2, pad: 1, output_pad: 2x1}\n"
              "  - {op: upsample, factor: 3}\n"
              "  - {op: max_pool, kernel: 4, stride: 2x3, pad: 1}\n");
    const ggcn_layer *conv = ggcn_graph_layer(graph, 1), *deconv = ggcn_graph_layer(graph, 4);
    ck_assert_str_eq(conv->name, "first");
    ck_assert_int_eq(conv->channels, 6);
    check_pair(conv->kernel, 3, 5);
    check_pair(conv->stride, 1, 2);
    check_pair(conv->pad, 0, 2);
    ck_assert(!conv->bias);
    ck_assert_double_eq(ggcn_graph_layer(graph, 2)->slope, 0.125);
    ck_assert_double_eq(ggcn_graph_layer(graph, 3)->epsilon, 0.5);
    check_pair(deconv->kernel, 5, 4);
    check_pair(deconv->stride, 3, 2);
    check_pair(deconv->pad, 1, 1);
    check_pair(deconv->output_pad, 2, 1);
    ck_assert(deconv->bias);
    ck_assert_int_eq(ggcn_graph_layer(graph, 5)->factor, 3);
    check_pair(ggcn_graph_layer(graph, 6)->kernel, 4, 4);
    check_pair(ggcn_graph_layer(graph, 6)->stride, 2, 3);
    check_shape(graph, 1, 6, 6, 5);
    check_shape(graph, 4, 2, 20, 11);
    check_shape(graph, 5, 2, 60, 33);
    check_shape(graph, 6, 2, 30, 11);
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(graph, &tensors, &count);
    ck_assert_str_eq(tensors[0].name, "first.weight");
    ck_assert_str_eq(tensors[1].name, "norm3.gamma"); /* and no bias before it */
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(defaults) {
    ggcn_graph *graph = parse("  - {op: conv, channels: 6, kernel: 3}\n"
                              "  - {op: leaky_relu}\n"
                              "  - {op: norm}\n"
                              "  - {op: avg_pool, kernel: 2x3}\n"
                              "  - {op: deconv, channels: 1, kernel: 2}\n"
                              "  - {op: upsample}\n"
                              "  - {op: dense, channels: 2, bias: true}\n");
    const ggcn_layer *conv = ggcn_graph_layer(graph, 1);
    check_pair(conv->stride, 1, 1);
    check_pair(conv->pad, 0, 0);
    ck_assert(conv->bias);
    ck_assert_double_eq(ggcn_graph_layer(graph, 2)->slope, 0.02);
    ck_assert_double_eq(ggcn_graph_layer(graph, 3)->epsilon, 1e-5);
    check_pair(ggcn_graph_layer(graph, 4)->stride, 2, 3); /* a pool's stride is its kernel */
    check_pair(ggcn_graph_layer(graph, 4)->pad, 0, 0);
    check_pair(ggcn_graph_layer(graph, 5)->stride, 1, 1);
    check_pair(ggcn_graph_layer(graph, 5)->output_pad, 0, 0);
    ck_assert_int_eq(ggcn_graph_layer(graph, 6)->factor, 2);
    ck_assert(ggcn_graph_layer(graph, 7)->bias);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(from_names_earlier_layers) {
    ggcn_graph *graph = parse("  - {op: conv, name: stem, channels: 3, kernel: 3, pad: 1}\n"
                              "  - {op: relu, from: [input]}\n"
                              "  - {op: add, from: [input, stem]}\n"
                              "  - op: concat\n"
                              "    name: both\n"
                              "    from:\n"
                              "      - relu2\n"
                              "      - stem\n"
                              "      - add3\n");
    ck_assert_int_eq(ggcn_graph_layer(graph, 2)->inputs[0], 0);
    ck_assert_int_eq(ggcn_graph_layer(graph, 3)->n_inputs, 2);
    ck_assert_int_eq(ggcn_graph_layer(graph, 3)->inputs[0], 0);
    ck_assert_int_eq(ggcn_graph_layer(graph, 3)->inputs[1], 1);
    static const int inputs[] = {2, 1, 3};
    ck_assert_int_eq(ggcn_graph_layer(graph, 4)->n_inputs, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ggcn_graph_layer(graph, 4)->inputs[i], inputs[i]);
    check_shape(graph, 4, 9, 8, 10);
    ggcn_graph_destroy(&graph);
}
END_TEST

static void check_name(const ggcn_graph *graph, int node, const char *name) {
    ck_assert_str_eq(ggcn_graph_layer(graph, node)->name, name);
}

START_TEST(blocks_are_written_out) {
    static const char text[] =
        "blocks:\n"
        "  - name: pair\n"
        "    layers:\n"
        "      - {op: conv, channels: channels, kernel: 3, stride: stride, pad: 1}\n"
        "      - {op: relu, name: middle}\n"
        "      - {op: conv, channels: 4*channels, kernel: 1}\n"
        "      - {op: conv, name: side, from: [input], channels: 4*channels, kernel: 1, stride: stride}\n"
        "      - {op: add, from: [conv3, side]}\n"
        "  - name: twice\n"
        "    layers:\n"
        "      - {op: tanh}\n"
        "      - {op: add, from: [input, tanh1]}\n"
        "layers:\n"
        "  - {op: relu, name: pre}\n"
        "  - {op: block, use: pair, name: down, channels: 2, stride: 2x1}\n"
        "  - {op: block, use: twice, repeat: 2}\n"
        "  - {op: block, use: pair, from: [pre], channels: 3}\n"
        "  - {op: relu, from: [down-middle]}\n";
    ggcn_graph *graph = NULL;
    ck_assert_msg(ggcn_network_parse("test", text, strlen(text), image, &graph) == GGCN_SUCCESS, "%s",
                  ggcn_last_error()->message);
    static const char *const names[] = {
        "input",         "pre",          "down-conv1",     "down-middle",   "down-conv3",
        "down-side",     "down-add5",    "twice7-1-tanh1", "twice7-1-add2", "twice7-2-tanh1",
        "twice7-2-add2", "pair11-conv1", "pair11-middle",  "pair11-conv3",  "pair11-side",
        "pair11-add5",   "relu16"};
    static const int inputs[][2] = {{-1}, {0},    {1}, {2},  {3},  {1}, {4, 5},   {6}, {6, 7},
                                    {8},  {8, 9}, {1}, {11}, {12}, {1}, {13, 14}, {3}};
    ck_assert_int_eq(ggcn_graph_nodes(graph), 17);
    for (int node = 1; node < 17; node++) {
        check_name(graph, node, names[node]);
        for (int i = 0; i < ggcn_graph_layer(graph, node)->n_inputs; i++)
            ck_assert_int_eq(ggcn_graph_layer(graph, node)->inputs[i], inputs[node][i]);
    }
    check_shape(graph, 2, 2, 4, 10);
    check_shape(graph, 6, 8, 4, 10);
    check_shape(graph, 10, 8, 4, 10);
    check_shape(graph, 15, 12, 8, 10); /* without a stride: 1 */
    ggcn_graph_destroy(&graph);
}
END_TEST

/* --- errors ------------------------------------------------------------------------------------------------------- */

/* A block `b`, and the key before a network's layers. */
#define ONE_BLOCK "blocks:\n  - name: b\n    layers:\n      - {op: conv, channels: channels, kernel: 1}\nlayers:\n"

/* A text and three things its message must say, besides the network's name. */
static const struct {
    const char *text, *says[3];
} wrong[] = {
    {"layers:\n  - {op: relu}\n  - {op: conv, channels: 2, kernel: 3, colour: 4}\n",
     {"colour", "line: 3", "Unexpected key"}},
    {"layers:\n  - {op: relu}\nlayer_count: 1\n", {"layer_count", "line: ", "Unexpected key"}},
    {"layers:\n  - {op: relu}\n  - {op: convolve}\n", {"convolve", "line: 3", "'op'"}},
    {"layers:\n  - {op: input}\n", {"input", "line: 2", "'op'"}},
    {"layers:\n  - {channels: 3}\n", {"Missing", ": op", "line: 2"}},
    {"description: none\n", {"Missing", ": layers", ""}},
    {"layers: []\n", {"Insufficient", "'layers'", "line: 1"}},
    {"layers: 3\n", {"SEQUENCE", "'layers'", "line: 1"}},
    {"- {op: relu}\n", {"MAPPING", "", ""}},
    {"", {"empty", "", ""}},
    {"# nothing here\n", {"empty", "", ""}},
    {"layers:\n  - {op: relu}\n  - {op: conv, channels: 2\n  - {op: relu}\n", {"libyaml", "did not find", "line: 3"}},
    {"layers:\n  - {op: relu}\nlayers:\n  - {op: tanh}\n", {"already seen", "layers", "line: "}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3, kernel: 5}\n", {"already seen", "kernel", "line: 2"}},
    {"layers:\n  - {op: conv, channels: 2, kernel: three, name: first}\n", {"'first'", "kernel", "\"three\""}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3x}\n", {"'conv1'", "kernel", "\"3x\""}},
    {"layers:\n  - {op: conv, channels: 2, kernel: x3}\n", {"'conv1'", "kernel", "\"x3\""}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3x5x7}\n", {"'conv1'", "kernel", "\"3x5x7\""}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3.5}\n", {"'conv1'", "kernel", "\"3.5\""}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3, pad: -1}\n", {"'conv1'", "pad", "\"-1\""}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3, stride: 1x-1}\n", {"'conv1'", "stride", "\"1x-1\""}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 99999999999999999999}\n",
     {"'conv1'", "kernel", "99999999999999999999"}},
    {"layers:\n  - {op: conv, channels: 3x, kernel: 3}\n", {"'conv1'", "channels", "\"3x\""}},
    {"layers:\n  - {op: conv, channels: many, kernel: 3}\n", {"'conv1'", "channels", "\"many\""}},
    {"layers:\n  - {op: conv, channels: -2, kernel: 3}\n", {"'conv1'", "channels", "\"-2\""}},
    {"layers:\n  - {op: conv, kernel: 3}\n", {"'conv1'", "channels", "0"}},
    {"layers:\n  - {op: conv, channels: 2}\n", {"'conv1'", "kernel 0", "height"}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3, stride: 0}\n", {"'conv1'", "stride 0", "height"}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3x99}\n", {"'conv1'", "99", "10"}},
    {"layers:\n  - {op: conv, channels: 2, kernel: 3, bias: perhaps}\n", {"'bias'", "perhaps", "line: 2"}},
    {"layers:\n  - {op: leaky_relu, slope: 0.2abc}\n", {"'leaky_relu1'", "slope", "\"0.2abc\""}},
    {"layers:\n  - {op: leaky_relu, slope: 2}\n", {"'leaky_relu1'", "slope", "2"}},
    {"layers:\n  - {op: norm, epsilon: 0}\n", {"'norm1'", "epsilon", "0"}},
    {"layers:\n  - {op: upsample, factor: 0}\n", {"'upsample1'", "factor", "0"}},
    {"layers:\n  - {op: relu, from: [nobody]}\n", {"'relu1'", "'nobody'", "no earlier layer"}},
    {"layers:\n  - {op: relu, from: [later]}\n  - {op: relu, name: later}\n",
     {"'relu1'", "'later'", "no earlier layer"}},
    {"layers:\n  - {op: relu, from: []}\n", {"'from'", "Insufficient", "line: 2"}},
    {"layers:\n  - {op: relu, from: input}\n", {"'from'", "SEQUENCE", "line: 2"}},
    {"layers:\n  - {op: relu}\n  - {op: add, from: [input]}\n", {"'add2'", "2 to 2", "1 given"}},
    {"layers:\n  - {op: max_pool, kernel: 2}\n  - {op: add, from: [input, max_pool1]}\n",
     {"'add2'", "3 x 8 x 10", "3 x 4 x 5"}},
    {"layers:\n  - {op: relu, name: same}\n  - {op: relu, name: same}\n", {"two layers", "'same'", ""}},
    {"layers:\n  - {op: relu, name: a/b}\n", {"impossible layer name", "'a/b'", ""}},
    {"layers:\n  - {op: relu, name: input}\n", {"two layers", "'input'", ""}},
    {ONE_BLOCK "  - {op: block, channels: 3}\n", {"'block1'", "no block ''", ""}},
    {ONE_BLOCK "  - {op: block, use: c, channels: 3}\n", {"'c1'", "no block 'c'", ""}},
    {ONE_BLOCK "  - {op: block, use: b}\n", {"'b1-conv1'", "wants channels channels", "'b1' gives 0"}},
    {ONE_BLOCK "  - {op: block, use: b, channels: channels}\n", {"'b1'", "meaning only in a block", ""}},
    {ONE_BLOCK "  - {op: block, use: b, channels: 9223372036854775807}\n", {"'b1-conv1'", "9223372036854775807", ""}},
    {ONE_BLOCK "  - {op: block, use: b, channels: 3, repeat: 0}\n", {"'b1'", "repeat 0", ""}},
    {ONE_BLOCK "  - {op: block, use: b, channels: 3, repeat: two}\n", {"'b1'", "repeat is \"two\"", ""}},
    {ONE_BLOCK "  - {op: block, use: b, channels: 3, repeat: 2000}\n", {"'b1'", "repeat 2000", ""}},
    {ONE_BLOCK "  - {op: block, use: b, channels: 3, from: [input, input]}\n", {"'b1'", "2 inputs", ""}},
    {ONE_BLOCK "  - {op: block, use: b, channels: 3, from: [nobody]}\n", {"'b1'", "'nobody'", ""}},
    {ONE_BLOCK "  - {op: relu}\n", {"block 'b' is not used", "", ""}},
    {ONE_BLOCK "  - {op: block, use: b, channels: 3}\n  - {op: relu, use: b}\n",
     {"'relu2'", "use without op: block", ""}},
    {ONE_BLOCK "  - {op: relu, repeat: 3}\n  - {op: block, use: b, channels: 3}\n",
     {"'relu1'", "repeat without op: block", ""}},
    {ONE_BLOCK
     "  - {op: block, use: b, name: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn, channels: 3}\n",
     {"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "63 letters", ""}},
    {"blocks:\n  - name: b\n    layers:\n      - {op: block, use: b}\nlayers:\n  - {op: block, use: b}\n",
     {"block 'b'", "uses a block", ""}},
    {"blocks:\n  - name: b\n    layers:\n      - {op: relu, from: [pre]}\nlayers:\n  - {op: tanh, name: pre}\n  - {op: "
     "block, use: b, name: place}\n",
     {"'place-relu1'", "'pre'", ""}},
    {"blocks:\n  - name: b\n    layers:\n      - {op: relu}\n  - name: b\n    layers:\n      - {op: relu}\nlayers:\n  "
     "- {op: block, use: b}\n",
     {"two blocks", "'b'", ""}},
    {"blocks:\n  - name: b\n    layers:\n      - {op: conv, channels: 4channels, kernel: 1}\nlayers:\n  - {op: block, "
     "use: b, channels: 3}\n",
     {"'b1-conv1'", "\"4channels\"", ""}},
    {"blocks:\n  - name: b\nlayers:\n  - {op: relu}\n", {"Missing", ": layers", "line: "}},
    {"layers:\n  - {op: conv, channels: 4*channels, kernel: 1}\n", {"'conv1'", "4*channels", "only in a block"}},
    {"layers:\n  - {op: conv, channels: 4, kernel: 1, stride: stride}\n", {"'conv1'", "stride is \"stride\"", ""}},
    {"layers:\n  - {op: conv, channels: image, kernel: 1}\n", {"'conv1'", "channels: image", "generators"}},
};
enum { WRONG = sizeof wrong / sizeof *wrong };

START_TEST(errors_say_what_and_where) {
    ggcn_graph *graph = (ggcn_graph *)1;
    const char *text = wrong[_i].text;
    ck_assert_msg(ggcn_network_parse("mine.yaml", text, strlen(text), image, &graph) == GGCN_ERROR_CONFIG, "%s", text);
    ck_assert_ptr_null(graph);
    const ggcn_error *error = ggcn_last_error();
    ck_assert_msg(strstr(error->message, "network mine.yaml") != NULL, "%s", error->message);
    for (int i = 0; i < 3; i++)
        ck_assert_msg(strstr(error->message, wrong[_i].says[i]) != NULL, "'%s' is not in: %s", wrong[_i].says[i],
                      error->message);
    ck_assert_msg(error->hint[0] || strstr(error->message, "given"), "no hint: %s", error->message);
}
END_TEST

START_TEST(unknown_networks_list_the_built_in_ones) {
    ggcn_graph *graph;
    ck_assert_int_eq(ggcn_network_load("smal", image, &graph), GGCN_ERROR_CONFIG);
    ck_assert_ptr_null(graph);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "'smal'"));
    size_t count, networks = 0;
    const ggcn_resource *resources = ggcn_resources(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(resources[i].kind, "networks") == 0) {
            ck_assert_ptr_nonnull(strstr(ggcn_last_error()->hint, resources[i].name));
            networks++;
        }
    ck_assert_uint_ge(networks, 2);
}
END_TEST

/* --- files and generators ----------------------------------------------------------------------------------------- */

START_TEST(a_file_holds_a_network) {
    char path[] = "/tmp/ggcn-test-network-XXXXXX";
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    static const char text[] = "description: a file\nlayers:\n  - {op: conv, channels: 7, kernel: 3}\n";
    ck_assert_int_eq(write(descriptor, text, sizeof text - 1), sizeof text - 1);
    close(descriptor);
    ggcn_graph *graph;
    ck_assert_int_eq(ggcn_network_load(path, image, &graph), GGCN_SUCCESS);
    check_shape(graph, 1, 7, 6, 8);
    ggcn_graph_destroy(&graph);
    unlink(path);
    ck_assert_int_eq(ggcn_network_load(path, image, &graph), GGCN_ERROR_CONFIG);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, path));
    ck_assert_int_eq(ggcn_network_load("/tmp", image, &graph), GGCN_ERROR_IO); /* a folder */
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "/tmp"));
}
END_TEST

START_TEST(generators_make_images) {
    ggcn_graph *graph;
    const ggcn_shape latent = {12, 1, 1};
    ck_assert_int_eq(ggcn_network_load_generator("small-generator-32", latent, (ggcn_shape){1, 32, 32}, &graph),
                     GGCN_SUCCESS);
    check_shape(graph, 0, 12, 1, 1);
    check_shape(graph, ggcn_graph_nodes(graph) - 1, 1, 32, 32);
    ggcn_graph_destroy(&graph);
    ck_assert_int_eq(ggcn_network_load_generator("small-generator-32", latent, (ggcn_shape){1, 28, 28}, &graph),
                     GGCN_ERROR_CONFIG);
    ck_assert_ptr_null(graph);
    const char *message = ggcn_last_error()->message;
    ck_assert_msg(strstr(message, "generator.network: 'small-generator-32'") && strstr(message, "1 x 32 x 32") &&
                      strstr(message, "1 x 28 x 28"),
                  "%s", message);
    ck_assert_int_eq(ggcn_network_load_generator("v0", (ggcn_shape){3, 64, 64}, (ggcn_shape){3, 64, 64}, &graph),
                     GGCN_ERROR_CONFIG);
    ck_assert_ptr_null(graph);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "512 x 4 x 4"));
    ck_assert_int_eq(ggcn_network_load_generator("nobody", latent, image, &graph), GGCN_ERROR_CONFIG);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "generator.network: 'nobody'"));
}
END_TEST

/* Attributes that no built-in network has. */
START_TEST(written_and_read_again) {
    ggcn_graph *graph =
                   parse("  - {op: conv, name: '1', channels: 6, kernel: 3x5, stride: 1x2, pad: 0x2, bias: false}\n"
                         "  - {op: leaky_relu, slope: 0.1}\n"
                         "  - {op: norm, epsilon: 1.0e-12}\n"
                         "  - {op: bias}\n"
                         "  - {op: deconv, channels: 2, kernel: 5x4, stride: 3x2, pad: 1, output_pad: 2x1}\n"
                         "  - {op: sigmoid}\n"
                         "  - {op: upsample, factor: 3}\n"
                         "  - {op: max_pool, kernel: 4, stride: 2x3, pad: 1}\n"
                         "  - {op: avg_pool, kernel: 3x2}\n"
                         "  - {op: dense, channels: 7, bias: false}\n"
                         "  - {op: dense, name: -, from: [avg_pool9], channels: 2}\n"
                         "  - {op: concat, from: [dense10, -, dense10]}\n"),
               *again = NULL;
    char *text;
    ck_assert_int_eq(ggcn_network_text(graph, &text), GGCN_SUCCESS);
    ck_assert_msg(ggcn_network_parse("again", text, strlen(text), image, &again) == GGCN_SUCCESS, "%s\n%s",
                  ggcn_last_error()->message, text);
    ck_assert_msg(ggcn_graph_digest(again) == ggcn_graph_digest(graph), "%s", text);
    free(text);
    ggcn_graph_destroy(&graph);
    ggcn_graph_destroy(&again);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("network texts");
    TCase *keys = tcase_create("keys"), *errors = tcase_create("errors"), *networks = tcase_create("networks");
    tcase_add_test(keys, every_op);
    tcase_add_test(keys, every_key);
    tcase_add_test(keys, defaults);
    tcase_add_test(keys, from_names_earlier_layers);
    tcase_add_test(keys, blocks_are_written_out);
    tcase_add_loop_test(errors, errors_say_what_and_where, 0, WRONG);
    tcase_add_test(errors, unknown_networks_list_the_built_in_ones);
    tcase_add_test(networks, a_file_holds_a_network);
    tcase_add_test(networks, generators_make_images);
    tcase_add_test(networks, written_and_read_again);
    suite_add_tcase(suite, keys);
    suite_add_tcase(suite, errors);
    suite_add_tcase(suite, networks);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
