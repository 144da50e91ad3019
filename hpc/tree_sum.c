/* The sum over blocks in a fixed binary tree (include/ggcn/blocks.h). Threads climb the tree inside a rank: whoever
 * completes the second child adds the two and goes on to the parent. Between ranks the right child's holder sends to
 * the left child's; for powers of two the ranks exchange halves instead (recursive halving and doubling), which adds
 * the same pairs. IEEE addition commutes, so only the tree decides the bits. */
#include "ggcn/blocks.h"

#include <limits.h>
#include <mpi.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"

typedef struct {
    int64_t lo, hi;              /* blocks [lo, hi) */
    int64_t parent, left, right; /* node numbers, -1 if none */
    ggcn_vector vector;          /* d and f NULL until complete */
} node;

typedef struct lease {
    struct lease *next;
    ggcn_vector vector;
} lease;

struct ggcn_sum {
    ggcn_blocks blocks;
    size_t n_double, n_float;
    node *nodes;
    int64_t n_nodes;
    int64_t *leaf; /* [owned] node numbers of this rank's blocks */
    lease *all;    /* every buffer ever made */
    ggcn_vector *spare;
    size_t n_spare, n_all;
    ggcn_vector total;
    bool halving; /* a power of two of ranks: every rank's range is one node at the same depth */
    pthread_mutex_t lock;
};

/* Builds the tree top down; parents come before children. */
static int64_t build(ggcn_sum *sum, int64_t lo, int64_t hi, int64_t parent) {
    const int64_t me = sum->n_nodes++;
    sum->nodes[me] = (node){.lo = lo, .hi = hi, .parent = parent, .left = -1, .right = -1};
    if (hi - lo > 1) {
        const int64_t middle = (lo + hi) / 2;
        const int64_t left = build(sum, lo, middle, me), right = build(sum, middle, hi, me);
        sum->nodes[me].left = left;
        sum->nodes[me].right = right;
    } else if (lo >= sum->blocks.first && lo < sum->blocks.first + sum->blocks.owned) {
        sum->leaf[lo - sum->blocks.first] = me;
    }
    return me;
}

ggcn_status ggcn_sum_create(const ggcn_blocks *blocks, size_t n_double, size_t n_float, ggcn_sum **sum) {
    *sum = NULL;
    if (n_float > INT_MAX || n_double > INT_MAX)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a sum of 2^31 or more elements");
    ggcn_sum *made = calloc(1, sizeof *made);
    if (!made)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the sum over blocks");
    made->blocks = *blocks;
    made->n_double = n_double;
    made->n_float = n_float;
    made->halving = n_float > 0 && ggcn_ranks() > 1 && (ggcn_ranks() & (ggcn_ranks() - 1)) == 0;
    pthread_mutex_init(&made->lock, NULL);
    made->nodes = malloc((size_t)(2 * blocks->count) * sizeof *made->nodes);
    made->leaf = malloc((size_t)blocks->owned * sizeof *made->leaf);
    if (!made->nodes || !made->leaf) {
        ggcn_sum_destroy(&made);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the sum over %lld blocks", (long long)blocks->count);
    }
    build(made, 0, blocks->count, -1);
    *sum = made;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_sum_create_on_all(const ggcn_blocks *blocks, size_t n_double, size_t n_float, ggcn_status mine,
                                   ggcn_sum **sum) {
    *sum = NULL;
    if (mine == GGCN_SUCCESS)
        mine = ggcn_sum_create(blocks, n_double, n_float, sum);
    const ggcn_status status = ggcn_agree(mine);
    if (status != GGCN_SUCCESS)
        ggcn_sum_destroy(sum);
    return status;
}

void ggcn_sum_destroy(ggcn_sum **sum) {
    if (!*sum)
        return;
    while ((*sum)->all) {
        lease *next = (*sum)->all->next;
        free((*sum)->all->vector.d);
        free((*sum)->all);
        (*sum)->all = next;
    }
    free((*sum)->spare);
    free((*sum)->nodes);
    free((*sum)->leaf);
    pthread_mutex_destroy(&(*sum)->lock);
    free(*sum);
    *sum = NULL;
}

/* One allocation: the doubles, then the floats. */
static ggcn_status make_buffer(ggcn_sum *sum, ggcn_vector *vector) {
    lease *made = malloc(sizeof *made);
    ggcn_vector *spare = realloc(sum->spare, (sum->n_all + 1) * sizeof *spare);
    if (spare)
        sum->spare = spare;
    void *memory = NULL;
    const size_t doubles = (sum->n_double + 7) / 8 * 8;
    if (!made || !spare ||
        posix_memalign(&memory, 64, doubles * sizeof(double) + sum->n_float * sizeof(float) + 64) != 0) {
        free(made);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a gradient of %zu elements", sum->n_float);
    }
    vector->d = memory;
    vector->f = (float *)(vector->d + doubles);
    *made = (lease){.next = sum->all, .vector = *vector};
    sum->all = made;
    sum->n_all++;
    return GGCN_SUCCESS;
}

static void give_back(ggcn_sum *sum, ggcn_vector vector) {
    sum->spare[sum->n_spare++] = vector;
}

ggcn_status ggcn_sum_lease(ggcn_sum *sum, ggcn_vector *vector) {
    ggcn_status status = GGCN_SUCCESS;
    pthread_mutex_lock(&sum->lock);
    if (sum->total.d) {
        give_back(sum, sum->total);
        sum->total = (ggcn_vector){0};
    }
    if (sum->n_spare > 0)
        *vector = sum->spare[--sum->n_spare];
    else
        status = make_buffer(sum, vector);
    pthread_mutex_unlock(&sum->lock);
    return status;
}

static void add_floats(float *restrict to, const float *restrict from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

/* Adds all doubles and the first n_float floats. */
static void add_vectors(const ggcn_sum *sum, ggcn_vector to, ggcn_vector from, size_t n_float) {
    for (size_t i = 0; i < sum->n_double; i++)
        to.d[i] += from.d[i];
    add_floats(to.f, from.f, n_float);
}

static bool is_local(const ggcn_sum *sum, int64_t lo, int64_t hi) {
    return lo >= sum->blocks.first && hi <= sum->blocks.first + sum->blocks.owned;
}

ggcn_status ggcn_sum_add(ggcn_sum *sum, int64_t block, ggcn_vector vector) {
    if (block < sum->blocks.first || block >= sum->blocks.first + sum->blocks.owned)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "block %lld does not belong to this rank", (long long)block);
    int64_t at = sum->leaf[block - sum->blocks.first];
    for (;;) {
        const int64_t parent = sum->nodes[at].parent;
        ggcn_vector other = {0};
        int64_t sibling = -1;
        pthread_mutex_lock(&sum->lock);
        if (parent >= 0 && is_local(sum, sum->nodes[parent].lo, sum->nodes[parent].hi)) {
            sibling = sum->nodes[parent].left == at ? sum->nodes[parent].right : sum->nodes[parent].left;
            other = sum->nodes[sibling].vector;
        }
        if (!other.d)
            sum->nodes[at].vector = vector; /* wait for the sibling, another rank or the end */
        else
            sum->nodes[sibling].vector = (ggcn_vector){0};
        pthread_mutex_unlock(&sum->lock);
        if (!other.d)
            return GGCN_SUCCESS;
        add_vectors(sum, vector, other, sum->n_float);
        pthread_mutex_lock(&sum->lock);
        give_back(sum, other);
        pthread_mutex_unlock(&sum->lock);
        at = parent;
    }
}

/* --- between ranks ------------------------------------------------------------------------------------------------ */

static int rank_of(const ggcn_sum *sum, int64_t block) {
    int low = 0, high = ggcn_ranks() - 1;
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        int64_t first, owned;
        ggcn_blocks_of_rank(sum->blocks.count, middle, &first, &owned);
        if (first <= block)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static ggcn_status mpi_status(int code) {
    if (code != MPI_SUCCESS)
        GGCN_FAIL(GGCN_ERROR_LIBRARY, NULL, "MPI failed in the sum over blocks");
    return GGCN_SUCCESS;
}

/* Completes node `at`: afterwards the rank that owns its first block holds its vector. Only ranks that own a block of
 * it take part; all go through the tree in one order, so that nobody waits in a circle. */
static ggcn_status complete(ggcn_sum *sum, int64_t at, size_t n_float) {
    const node *n = &sum->nodes[at];
    const int64_t end = sum->blocks.first + sum->blocks.owned;
    if (n->hi <= sum->blocks.first || n->lo >= end || rank_of(sum, n->lo) == rank_of(sum, n->hi - 1))
        return GGCN_SUCCESS;
    GGCN_TRY(complete(sum, n->left, n_float));
    GGCN_TRY(complete(sum, n->right, n_float));
    node *left = &sum->nodes[n->left], *right = &sum->nodes[n->right];
    const int me = ggcn_rank(), to = rank_of(sum, left->lo), from = rank_of(sum, right->lo);
    if (me == from && from != to) {
        GGCN_TRY(mpi_status(MPI_Send(right->vector.d, (int)sum->n_double, MPI_DOUBLE, to, 1, MPI_COMM_WORLD)));
        if (n_float > 0)
            GGCN_TRY(mpi_status(MPI_Send(right->vector.f, (int)n_float, MPI_FLOAT, to, 2, MPI_COMM_WORLD)));
    } else if (me == to) {
        ggcn_vector other = right->vector;
        if (from != to) {
            GGCN_TRY(ggcn_sum_lease(sum, &other));
            GGCN_TRY(mpi_status(
                MPI_Recv(other.d, (int)sum->n_double, MPI_DOUBLE, from, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE)));
            if (n_float > 0)
                GGCN_TRY(
                    mpi_status(MPI_Recv(other.f, (int)n_float, MPI_FLOAT, from, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE)));
        }
        add_vectors(sum, left->vector, other, n_float);
        give_back(sum, other);
        right->vector = (ggcn_vector){0};
        sum->nodes[at].vector = left->vector;
        left->vector = (ggcn_vector){0};
    }
    if (me == from && from != to) {
        if (n_float == sum->n_float)
            give_back(sum, right->vector);
        else
            sum->total = right->vector; /* its floats are still to be exchanged */
        right->vector = (ggcn_vector){0};
    }
    return GGCN_SUCCESS;
}

/* Swaps floats with a partner. The send is begun before the receive: a large message first asks, and its receiver
 * answers on the same connection as its own message. With the receive begun first, as MPI_Sendrecv does, the answer can
 * come to stand behind that whole message, and the two go one after the other where both directions are free. */
static ggcn_status swap(int partner, int tag, const float *give, size_t n_give, float *get, size_t n_get) {
    MPI_Request sent;
    GGCN_TRY(mpi_status(MPI_Isend(give, (int)n_give, MPI_FLOAT, partner, tag, MPI_COMM_WORLD, &sent)));
    GGCN_TRY(mpi_status(MPI_Recv(get, (int)n_get, MPI_FLOAT, partner, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE)));
    return mpi_status(MPI_Wait(&sent, MPI_STATUS_IGNORE));
}

/* Recursive halving, then doubling: partners at distance 1, 2, 4, ... exchange the halves of what they hold. */
static ggcn_status halve_and_double(ggcn_sum *sum, float *f, float *scratch) {
    const int me = ggcn_rank(), ranks = ggcn_ranks();
    size_t lo[32], hi[32];
    int depth = 0;
    lo[0] = 0;
    hi[0] = sum->n_float;
    for (int distance = 1; distance < ranks; distance *= 2, depth++) {
        const int partner = me ^ distance;
        const size_t middle = lo[depth] + (hi[depth] - lo[depth]) / 2;
        const bool upper = (me & distance) != 0;
        const size_t keep_lo = upper ? middle : lo[depth], keep_hi = upper ? hi[depth] : middle;
        const size_t give_lo = upper ? lo[depth] : middle, give_hi = upper ? middle : hi[depth];
        GGCN_TRY(swap(partner, 3, f + give_lo, give_hi - give_lo, scratch, keep_hi - keep_lo));
        add_floats(f + keep_lo, scratch, keep_hi - keep_lo);
        lo[depth + 1] = keep_lo;
        hi[depth + 1] = keep_hi;
    }
    for (int distance = ranks / 2; distance > 0; distance /= 2, depth--) {
        const int partner = me ^ distance;
        const size_t have_lo = lo[depth], have_hi = hi[depth];
        const bool upper = (me & distance) != 0;
        const size_t get_lo = upper ? lo[depth - 1] : have_hi, get_hi = upper ? have_lo : hi[depth - 1];
        GGCN_TRY(swap(partner, 4, f + have_lo, have_hi - have_lo, f + get_lo, get_hi - get_lo));
    }
    return GGCN_SUCCESS;
}

/* The node that is this rank's whole range. */
static int64_t own_node(const ggcn_sum *sum) {
    int64_t at = 0;
    while (!is_local(sum, sum->nodes[at].lo, sum->nodes[at].hi))
        at = sum->blocks.first >= sum->nodes[sum->nodes[at].left].hi ? sum->nodes[at].right : sum->nodes[at].left;
    return at;
}

static ggcn_status finish_halving(ggcn_sum *sum) {
    const ggcn_vector mine = sum->nodes[own_node(sum)].vector;
    GGCN_TRY(complete(sum, 0, 0));
    sum->nodes[0].vector = (ggcn_vector){0}; /* on rank 0 the same vector as mine */
    sum->total = (ggcn_vector){0};
    ggcn_vector scratch;
    GGCN_TRY(ggcn_sum_lease(sum, &scratch));
    const ggcn_status status = halve_and_double(sum, mine.f, scratch.f);
    give_back(sum, scratch);
    sum->total = mine;
    GGCN_TRY(status);
    return mpi_status(MPI_Bcast(mine.d, (int)sum->n_double, MPI_DOUBLE, 0, MPI_COMM_WORLD));
}

/* Rank 0's floats to all: a share to each, then all shares to all. MPI_Bcast may send everything to one rank after the
 * other, as Open MPI 4 does among six. */
static ggcn_status broadcast_floats(float *f, size_t count) {
    const size_t ranks = (size_t)ggcn_ranks(), me = (size_t)ggcn_rank();
    int *counts = malloc(2 * ranks * sizeof *counts);
    ggcn_status status =
        counts ? GGCN_SUCCESS
               : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %zu ranks", ranks);
    status = ggcn_agree(status);
    if (status != GGCN_SUCCESS) {
        free(counts);
        return status;
    }
    int *places = counts + ranks;
    for (size_t i = 0; i < ranks; i++) {
        places[i] = (int)(i * count / ranks);
        counts[i] = (int)((i + 1) * count / ranks) - places[i];
    }
    int code = MPI_Scatterv(f, counts, places, MPI_FLOAT, me == 0 ? MPI_IN_PLACE : f + places[me], counts[me],
                            MPI_FLOAT, 0, MPI_COMM_WORLD);
    if (code == MPI_SUCCESS)
        code = MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_FLOAT, f, counts, places, MPI_FLOAT, MPI_COMM_WORLD);
    free(counts);
    return mpi_status(code);
}

static ggcn_status finish_by_messages(ggcn_sum *sum) {
    GGCN_TRY(complete(sum, 0, sum->n_float));
    ggcn_vector total = sum->nodes[0].vector;
    sum->nodes[0].vector = (ggcn_vector){0};
    if (ggcn_rank() != 0)
        GGCN_TRY(ggcn_sum_lease(sum, &total));
    sum->total = total;
    if (ggcn_ranks() > 1) {
        GGCN_TRY(mpi_status(MPI_Bcast(total.d, (int)sum->n_double, MPI_DOUBLE, 0, MPI_COMM_WORLD)));
        if (sum->n_float > 0)
            GGCN_TRY(broadcast_floats(total.f, sum->n_float));
    }
    return GGCN_SUCCESS;
}

/* Makes sure that there is a buffer to receive into. */
static ggcn_status reserve(ggcn_sum *sum) {
    ggcn_vector vector;
    if (ggcn_ranks() == 1)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_sum_lease(sum, &vector));
    give_back(sum, vector);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_sum_finish(ggcn_sum *sum, ggcn_status mine, ggcn_vector *total, double *seconds) {
    const double start = omp_get_wtime();
    GGCN_TRY(ggcn_agree(mine == GGCN_SUCCESS ? reserve(sum) : mine)); /* beyond this nothing fails on one rank alone */
    GGCN_TRY(sum->halving ? finish_halving(sum) : finish_by_messages(sum));
    *total = sum->total;
    if (seconds)
        *seconds = omp_get_wtime() - start;
    return GGCN_SUCCESS;
}
