# Writes generated/git_commit.h at build time, so that provenance names the commit even after a rebuild without configuring.
find_package(Git QUIET)
add_custom_target(ggcn_git_commit
    COMMAND ${CMAKE_COMMAND} -DGIT=${GIT_EXECUTABLE} -DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}
            -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/generated/git_commit.h -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/GitCommit.cmake
    BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/generated/git_commit.h)
add_dependencies(ggcn ggcn_git_commit)
target_compile_definitions(ggcn PRIVATE GGCN_VERSION_STRING="${PROJECT_VERSION}")
