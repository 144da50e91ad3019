/* Folders and small files, as one rank sees them. Not collective. */
#ifndef GGCN_HPC_FOLDER_H
#define GGCN_HPC_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

/* What an unfinished file carries behind its name. */
#define GGCN_INCOMPLETE ".incomplete"

/* A malloc'ed text, as printf makes it. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
ggcn_status
ggcn_format(char **text, const char *format, ...);

/* Makes a file, if there is none, and room for at least `bytes` bytes of it, so that a full disk shows before anything
 * is written. The error has the system's own words; a file that was made here is removed again. */
ggcn_status ggcn_reserve_file(const char *path, int64_t bytes);
/* Copies a file; what was there before is lost. */
ggcn_status ggcn_copy_file(const char *from, const char *to);
/* Forces a file to the disk. */
ggcn_status ggcn_sync_file(const char *path);
/* Gives a synced file its final name and forces the folder's entry to the disk. */
ggcn_status ggcn_publish_file(const char *temporary, const char *path);
/* Removes a file; one that is not there is no error. */
ggcn_status ggcn_remove_file(const char *path);

/* The numbers N, ascending, of files "PREFIXN.h5" in a folder, N with at least 8 digits. `numbers` is malloc'ed. */
ggcn_status ggcn_list_numbered(const char *folder, const char *prefix, uint64_t **numbers, size_t *count);

#endif
