# What other projects find by find_package(remlock): the program, and remlock_add_driver() for their drivers.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/remlock)
configure_package_config_file(cmake/remlockConfig.cmake.in remlockConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(remlockConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/remlockConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/remlockConfigVersion.cmake
              cmake/driver.cmake DESTINATION ${package})
install(EXPORT remlockTargets NAMESPACE remlock:: DESTINATION ${package})

set(completion cli/complete)
install(FILES ${completion}/remlock.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME remlock)
install(FILES ${completion}/_remlock DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${completion}/remlock.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
