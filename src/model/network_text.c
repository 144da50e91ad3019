/* A graph written as the YAML text of its layers. */
#include <stdio.h>
#include <stdlib.h>

#include "ggcn/network.h"

static void put_pair(FILE *out, const char *key, const int64_t pair[2]) {
    if (pair[0] == pair[1])
        fprintf(out, ", %s: %lld", key, (long long)pair[0]);
    else
        fprintf(out, ", %s: %lldx%lld", key, (long long)pair[0], (long long)pair[1]);
}

/* The keys that the op uses. Names between quotes: one may look like a number. */
static void put_layer(FILE *out, const ggcn_graph *graph, int node) {
    const ggcn_layer *l = ggcn_graph_layer(graph, node);
    const bool convolution = l->op == GGCN_CONVOLUTION || l->op == GGCN_TRANSPOSED_CONVOLUTION;
    fprintf(out, "  - {op: %s, name: \"%s\"", ggcn_op_name(l->op), l->name);
    if (l->n_inputs != 1 || l->inputs[0] != node - 1)
        for (int i = 0; i < l->n_inputs; i++)
            fprintf(out, "%s\"%s\"%s", i == 0 ? ", from: [" : ", ", ggcn_graph_layer(graph, l->inputs[i])->name,
                    i == l->n_inputs - 1 ? "]" : "");
    if (convolution || l->op == GGCN_DENSE)
        fprintf(out, ", channels: %lld", (long long)l->channels);
    if (convolution || l->op == GGCN_MAX_POOL || l->op == GGCN_AVERAGE_POOL) {
        put_pair(out, "kernel", l->kernel);
        put_pair(out, "stride", l->stride);
        put_pair(out, "pad", l->pad);
    }
    if (l->op == GGCN_TRANSPOSED_CONVOLUTION)
        put_pair(out, "output_pad", l->output_pad);
    if (convolution || l->op == GGCN_DENSE)
        fprintf(out, ", bias: %s", l->bias ? "true" : "false");
    if (l->op == GGCN_LEAKY_RELU)
        fprintf(out, ", slope: %.17g", l->slope);
    if (l->op == GGCN_NORM)
        fprintf(out, ", epsilon: %.17g", l->epsilon);
    if (l->op == GGCN_UPSAMPLE)
        fprintf(out, ", factor: %lld", (long long)l->factor);
    fprintf(out, "}\n");
}

ggcn_status ggcn_network_text(const ggcn_graph *graph, char **text) {
    size_t length;
    *text = NULL;
    FILE *out = open_memstream(text, &length);
    if (!out)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the text of a network");
    fprintf(out, "layers:\n");
    for (int node = 1; node < ggcn_graph_nodes(graph); node++)
        put_layer(out, graph, node);
    const bool failed = ferror(out);
    if (fclose(out) == 0 && !failed)
        return GGCN_SUCCESS;
    free(*text);
    *text = NULL;
    GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the text of a network");
}
