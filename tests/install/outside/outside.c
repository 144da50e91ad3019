/* A program outside the tree: compiles a built-in network and says how large it is. */
#include <ggcn/network.h>
#include <ggcn/plan.h>
#include <ggcn/version.h>
#include <stdio.h>

int main(void) {
    ggcn_graph *graph = NULL;
    ggcn_plan *plan = NULL;
    if (ggcn_network_load("small", (ggcn_shape){1, 28, 28}, &graph) || ggcn_plan_compile(graph, 4, &plan))
        return fprintf(stderr, "%s\n", ggcn_last_error()->message), 1;
    printf("ggcn %s: %zu parameters\n", ggcn_version(), ggcn_graph_parameters(graph, NULL, NULL));
    ggcn_plan_destroy(&plan);
    ggcn_graph_destroy(&graph);
    return 0;
}
