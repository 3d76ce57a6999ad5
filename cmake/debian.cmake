# The package for Debian and its relatives, by CPack: cpack -G DEB. Whoever publishes it says who they are:
#
#   cmake --preset package -DREMLOCK_MAINTAINER="NAME <ADDRESS>" -DREMLOCK_HOMEPAGE=https://...
#
# With SOURCE_DATE_EPOCH in the environment the same sources make the same package, in whatever folder: the preset has
# REMLOCK_SOURCE_FOLDER for that.
set(REMLOCK_MAINTAINER "the remlock authors <authors@remlock.invalid>" CACHE STRING "Who packages are from")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME remlock)
set(CPACK_PACKAGE_VENDOR "the remlock authors")
set(CPACK_PACKAGE_CONTACT "${REMLOCK_MAINTAINER}")
set(CPACK_PACKAGE_HOMEPAGE_URL "${REMLOCK_HOMEPAGE}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "deterministic concurrency fuzzer for WDM remove locks")
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES OFF) # explanations show functions and lines of the lock and of the built-in drivers
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/stage.cmake)
set(CPACK_REMLOCK_DEBIAN ${PROJECT_SOURCE_DIR}/cmake/debian)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gcc | clang, binutils, libc6-dev") # remlock build
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "afl++, cmake, gdb")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Finds device-removal bugs in WDM drivers, and bugs of threads in C programs,
without Windows and without a virtual machine: the code under test runs under
a scheduler that remlock controls completely, with programs and schedules
tried by the hundred thousand a second.
.
Each finding becomes a small text file that shows it every time, and an
explanation of the interleaving step by step. The package has the command,
the headers that drivers are compiled with, drivers to copy from, and what
CMake needs for tests of one's own.")

set(CPACK_SOURCE_GENERATOR TXZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME remlock-${PROJECT_VERSION})
string(REGEX REPLACE "[][+.*()^$?|\\]" "\\\\\\0" sources "${PROJECT_SOURCE_DIR}")
set(CPACK_SOURCE_IGNORE_FILES "^${sources}/\\.git(/|$)" "^${sources}/build" "^${sources}/compile_commands.json$")
include(CPack)
