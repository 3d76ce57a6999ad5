# What is installed beside the programs, and the packages that are made of it. Comes last in the root's CMakeLists.txt.
include(CMakePackageConfigHelpers)
set(REMLOCK_HOMEPAGE "https://remlock.invalid" CACHE STRING "Where packages say that remlock is at home")

# Other projects find it by find_package(remlock) or pkg-config. There is no library to link with, so that whoever builds for
# another machine can use it as well.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/remlock)
configure_package_config_file(cmake/remlockConfig.cmake.in remlockConfig.cmake INSTALL_DESTINATION ${package}
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(remlockConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/remlockConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/remlockConfigVersion.cmake
              cmake/driver.cmake cmake/tests.cmake DESTINATION ${package})
install(EXPORT remlockTargets NAMESPACE remlock:: DESTINATION ${package})
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_DATADIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" prefix_from_pc "${prefix_from_pc}")
configure_file(cmake/remlock.pc.in remlock.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/remlock.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)

set(completion cli/complete)
install(FILES ${completion}/remlock.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME remlock)
install(FILES ${completion}/_remlock DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${completion}/remlock.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# To read and to copy from. Folders lie as in the repository, so that REMLOCK_SOURCE_FOLDER can name them.
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES README.md CONTRIBUTING.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
set(share ${CMAKE_INSTALL_DATADIR}/remlock)
install(DIRECTORY examples corpus DESTINATION ${share})
install(DIRECTORY drivers/reference drivers/zoo DESTINATION ${share}/drivers FILES_MATCHING PATTERN "*.c")
install(DIRECTORY core/lock core/mutants DESTINATION ${share}/core FILES_MATCHING PATTERN "*.[ch]")

include(cmake/debian.cmake)
