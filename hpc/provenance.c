/* What this build is, and where its files come from. */
#include "provenance.h"

#include <mpi.h>
#include <oneapi/dnnl/dnnl.h>
#include <png.h>
#include <stdio.h>
/* jpeglib.h needs stdio.h */
#include <jpeglib.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <webp/decode.h>
#include <xxhash.h>
#include <yaml.h>
#include <zlib.h>
/* libcyaml includes yaml.h itself */
#include <cyaml/cyaml.h>

#include "folder.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "git_commit.h"
#include "h5_file.h"

static struct {
    char *command_line, *configuration;
    int threads;
} origin;

const char *ggcn_version(void) {
    return GGCN_VERSION_STRING;
}

const char *ggcn_git_commit(void) {
    return GGCN_GIT_COMMIT;
}

const char *ggcn_compiler(void) {
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "unknown compiler";
#endif
}

const char *ggcn_instruction_set(void) {
    static const char names[] = ""
#if defined(__AVX512F__)
                                " AVX512F"
#endif
#if defined(__AVX512BF16__)
                                " AVX512BF16"
#endif
#if defined(__AVX2__)
                                " AVX2"
#elif defined(__AVX__)
                                " AVX"
#elif defined(__SSE2__)
                                " SSE2"
#endif
#if defined(__FMA__)
                                " FMA"
#endif
#if defined(__ARM_FEATURE_SVE)
                                " SVE"
#elif defined(__ARM_NEON)
                                " NEON"
#endif
        ;
    return names[0] ? names + 1 : "generic";
}

static const char *libraries(void) {
    static char text[512 + MPI_MAX_LIBRARY_VERSION_STRING];
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    unsigned major, minor, release;
    int lmdb[3];
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",\n")] = 0; /* "Open MPI v4.1.4, package: ..." */
    mdb_version(&lmdb[0], &lmdb[1], &lmdb[2]);
    H5get_libversion(&major, &minor, &release);
    const dnnl_version_t *dnnl = dnnl_version();
    const unsigned xxhash = XXH_versionNumber(), jpeg = LIBJPEG_TURBO_VERSION_NUMBER; /* the latter of the header */
    const unsigned webp = (unsigned)WebPGetDecoderVersion();
    snprintf(text, sizeof text,
             "%s, HDF5 %u.%u.%u, oneDNN %d.%d.%d, zlib %s, libpng %s, libjpeg-turbo %u.%u.%u, libwebp %u.%u.%u, "
             "LMDB %d.%d.%d, libyaml %s, libcyaml %s, xxHash %u.%u.%u",
             mpi, major, minor, release, dnnl->major, dnnl->minor, dnnl->patch, zlibVersion(), png_get_libpng_ver(NULL),
             jpeg / 1000000, jpeg / 1000 % 1000, jpeg % 1000, webp >> 16, webp >> 8 & 255, webp & 255, lmdb[0], lmdb[1],
             lmdb[2], yaml_get_version_string(), cyaml_version_str, xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
    return text;
}

const char *ggcn_version_text(const char *program) {
    static char text[4096];
    snprintf(text, sizeof text,
             "%s %s\ncommit:          %s\ncompiler:        %s\ninstruction set: %s\nlibraries:       %s\n", program,
             ggcn_version(), ggcn_git_commit(), ggcn_compiler(), ggcn_instruction_set(), libraries());
    return text;
}

/* Joins the arguments with blanks; those with a blank or quote inside are put between single quotes. */
static ggcn_status join(int argc, char *const *argv, char **line) {
    size_t length = 1;
    for (int i = 0; i < argc; i++)
        length += 4 * strlen(argv[i]) + 3;
    char *to = *line = malloc(length);
    if (!to)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the command line");
    for (int i = 0; i < argc; i++) {
        const bool quoted = argv[i][0] == 0 || strpbrk(argv[i], " \t\n'\"\\$*?[]{}()<>|&;#~`!");
        if (i > 0)
            *to++ = ' ';
        if (quoted)
            *to++ = '\'';
        for (const char *from = argv[i]; *from; from++) {
            if (*from == '\'') {
                memcpy(to, "'\\'", 3);
                to += 3;
            }
            *to++ = *from;
        }
        if (quoted)
            *to++ = '\'';
    }
    *to = 0;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_provenance_set(int argc, char *const *argv, const char *configuration, int threads) {
    char *line = NULL, *copy = NULL;
    ggcn_status status = join(argc, argv, &line);
    if (status == GGCN_SUCCESS)
        status = ggcn_format(&copy, "%s", configuration);
    status = ggcn_agree(status);
    if (status != GGCN_SUCCESS) {
        free(line);
        free(copy);
        return status;
    }
    free(origin.command_line);
    free(origin.configuration);
    origin.command_line = line;
    origin.configuration = copy;
    origin.threads = threads;
    return GGCN_SUCCESS;
}

static ggcn_status write_attributes(hid_t file, const char *path, const char *format, int version, const char *created,
                                    const char *host) {
    GGCN_TRY(ggcn_h5_put_text(file, path, "format", format));
    GGCN_TRY(ggcn_h5_put_integer(file, path, "format_version", version));
    GGCN_TRY(ggcn_h5_put_text(file, path, "created", created));
    GGCN_TRY(ggcn_h5_put_text(file, path, "ggcn_version", ggcn_version()));
    GGCN_TRY(ggcn_h5_put_text(file, path, "git_commit", ggcn_git_commit()));
    GGCN_TRY(ggcn_h5_put_text(file, path, "compiler", ggcn_compiler()));
    GGCN_TRY(ggcn_h5_put_text(file, path, "instruction_set", ggcn_instruction_set()));
    GGCN_TRY(ggcn_h5_put_text(file, path, "libraries", libraries()));
    GGCN_TRY(ggcn_h5_put_text(file, path, "command_line", origin.command_line ? origin.command_line : ""));
    GGCN_TRY(ggcn_h5_put_text(file, path, "configuration", origin.configuration ? origin.configuration : ""));
    GGCN_TRY(ggcn_h5_put_text(file, path, "host", host));
    GGCN_TRY(ggcn_h5_put_integer(file, path, "ranks", ggcn_ranks()));
    return ggcn_h5_put_integer(file, path, "threads", origin.threads ? origin.threads : 1);
}

ggcn_status ggcn_provenance_write(hid_t file, const char *path, const char *format, int version, bool alone) {
    struct {
        char created[32], host[256];
    } now = {"", "unknown"};
    const time_t seconds = time(NULL);
    struct tm utc;
    if (gmtime_r(&seconds, &utc))
        strftime(now.created, sizeof now.created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (gethostname(now.host, sizeof now.host - 1) != 0)
        strcpy(now.host, "unknown");
    if (!alone) /* all ranks must write the same */
        GGCN_TRY(ggcn_broadcast(&now, sizeof now, 0));
    const ggcn_status status = write_attributes(file, path, format, version, now.created, now.host);
    return alone ? status : ggcn_agree(status);
}
