#include "data_import_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "data_progress.h"
#include "data_rounds.h"
#include "ggcn/hpc.h"

/* A bad image of a rank's piece. */
typedef struct {
    int32_t place; /* in the piece */
    char reason[IMPORT_REASON_BYTES];
} complaint;

typedef struct {
    ggcn_image_source *source;
    const import_changes *changes;
    import_skipped *skipped;
    import_workspace workspace;
    int64_t piece;                 /* images that a rank reads before all hear of the bad ones */
    complaint *complaints, *heard; /* [piece] of this rank, and of another */
    data_progress progress;
    int64_t kept_before; /* good images in earlier parts */
} checker;

/* Reads `count` images. Those that are bad become complaints; any other error is returned. */
static ggcn_status examine(checker *c, const uint32_t *numbers, int64_t count, int64_t *n_complaints) {
    *n_complaints = 0;
    for (int64_t i = 0; i < count; i++) {
        const ggcn_picture *picture;
        const ggcn_status status = import_changes_apply(c->changes, c->source, numbers[i], &c->workspace, &picture);
        if (import_is_bad_image(status)) {
            complaint *entry = &c->complaints[(*n_complaints)++];
            entry->place = (int32_t)i;
            snprintf(entry->reason, sizeof entry->reason, "%.*s", IMPORT_REASON_BYTES - 1, ggcn_last_error()->message);
        } else
            GGCN_TRY(status);
    }
    return GGCN_SUCCESS;
}

/* Moves the good ones of a piece down to the images kept so far, until there are enough. */
static ggcn_status take_good(checker *c, import_part *part, int64_t first, int64_t count, const complaint *complaints,
                             int64_t n_complaints, int64_t *kept) {
    for (int64_t i = 0, next = 0; i < count && *kept < part->most; i++) {
        if (next < n_complaints && complaints[next].place == i) {
            GGCN_TRY(import_skipped_add(c->skipped, complaints[next++].reason));
            continue;
        }
        part->numbers[*kept] = part->numbers[first + i];
        part->labels[(*kept)++] = part->labels[first + i];
    }
    return GGCN_SUCCESS;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* One rank tells the others its complaints, and all take its good images. */
static ggcn_status hear(checker *c, int root, int64_t n_mine, import_part *part, int64_t first, int64_t *kept) {
    const int64_t theirs = smaller(first + root * c->piece, part->count);
    int64_t n = n_mine;
    complaint *complaints = root == ggcn_rank() ? c->complaints : c->heard;
    GGCN_TRY(ggcn_broadcast(&n, sizeof n, root));
    GGCN_TRY(ggcn_broadcast(complaints, (size_t)n * sizeof *complaints, root));
    return take_good(c, part, theirs, smaller(c->piece, part->count - theirs), complaints, n, kept);
}

/* The images first .. of a part, one piece for each rank. */
static ggcn_status check_round(checker *c, import_part *part, int64_t first, int64_t *kept) {
    const int64_t mine = smaller(first + ggcn_rank() * c->piece, part->count);
    int64_t n_mine;
    GGCN_TRY(ggcn_agree(examine(c, part->numbers + mine, smaller(c->piece, part->count - mine), &n_mine)));
    for (int root = 0; root < ggcn_ranks(); root++)
        GGCN_TRY(ggcn_agree(hear(c, root, n_mine, part, first, kept)));
    return GGCN_SUCCESS;
}

static ggcn_status check_part(checker *c, import_part *part) {
    const int64_t step = c->piece * ggcn_ranks();
    int64_t kept = 0;
    for (int64_t first = 0; first < part->count && kept < part->most; first += step) {
        GGCN_TRY(check_round(c, part, first, &kept));
        data_progress_show(&c->progress, c->kept_before + kept);
    }
    part->count = kept;
    c->kept_before += kept;
    return GGCN_SUCCESS;
}

ggcn_status import_check(ggcn_image_source *source, const import_changes *changes, import_plan *plan,
                         import_skipped *skipped) {
    const int64_t most = plan->parts[IMPORT_TRAINING].most + plan->parts[IMPORT_HELD_OUT].most;
    const int64_t piece = data_images_of_piece(most, sizeof(complaint));
    checker c = {.source = source,
                 .changes = changes,
                 .skipped = skipped,
                 .piece = piece,
                 .complaints = malloc((size_t)piece * sizeof *c.complaints),
                 .heard = malloc((size_t)piece * sizeof *c.heard)};
    ggcn_status status = GGCN_SUCCESS;
    if (!c.complaints || !c.heard)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the list of bad images");
    status = ggcn_agree(status);
    data_progress_start(&c.progress, "checked", most);
    for (int p = 0; status == GGCN_SUCCESS && p < IMPORT_PARTS; p++)
        status = check_part(&c, &plan->parts[p]);
    data_progress_end(&c.progress);
    free(c.complaints);
    free(c.heard);
    import_workspace_clear(&c.workspace);
    return status;
}
