/**
 * @file
 * What this build is.
 */
#ifndef GGCN_VERSION_H
#define GGCN_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

const char *ggcn_version(void);         /**< "0.1.0" */
const char *ggcn_git_commit(void);      /**< commit the source was built from, "-dirty" appended, or "unknown" */
const char *ggcn_compiler(void);        /**< compiler and version */
const char *ggcn_instruction_set(void); /**< instruction set compiled for, e.g. "AVX2 FMA" */
/** Multi-line text for --version: all of the above and the libraries. Belongs to the library. */
const char *ggcn_version_text(const char *program);

#ifdef __cplusplus
}
#endif
#endif
