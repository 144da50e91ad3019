# Programs are installed by src/apps. Here: the library, its headers, the CMake package and the pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS ggcn EXPORT ggcn-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/ggcn DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(ggcn_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ggcn)
install(EXPORT ggcn-targets NAMESPACE ggcn:: FILE ggcn-targets.cmake DESTINATION ${ggcn_cmake_dir})
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/ggcn-config.cmake.in
    "@PACKAGE_INIT@\ninclude(\${CMAKE_CURRENT_LIST_DIR}/ggcn-targets.cmake)\ncheck_required_components(ggcn)\n")
configure_package_config_file(${CMAKE_CURRENT_BINARY_DIR}/ggcn-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/ggcn-config.cmake INSTALL_DESTINATION ${ggcn_cmake_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ggcn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ggcn-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/ggcn-config-version.cmake
    DESTINATION ${ggcn_cmake_dir})

# The prefix is found from the file's own place, so that `cmake --install --prefix` and moved trees work.
file(RELATIVE_PATH ggcn_pc_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/ggcn.pc CONTENT
"prefix=\${pcfiledir}/@ggcn_pc_to_prefix@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: ggcn
Description: @PROJECT_DESCRIPTION@
Version: @PROJECT_VERSION@
Libs: -L\${libdir} -lggcn
Cflags: -I\${includedir}
" @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ggcn.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
