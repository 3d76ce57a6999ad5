# Programs that load drivers export the kernel's routines and the instrumentation to them, and nothing else, so that no name of
# ours meets one of a driver's. The table of them is made from the headers and from what the rooms define.
#
#   remlock_export_kernel_routines(remlock_harness)     whoever links the harness exports them
#
set(REMLOCK_ROUTINES_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel_routines.sh)
set(REMLOCK_ROUTINES_LIST ${PROJECT_BINARY_DIR}/kernel_routines.list)
find_program(REMLOCK_NM NAMES ${CMAKE_NM} nm REQUIRED DOC "binutils' nm")

function(remlock_export_kernel_routines room)
  set(headers ${PROJECT_SOURCE_DIR}/core/include)
  set(table ${CMAKE_CURRENT_BINARY_DIR}/kernel_routines.c)
  file(GLOB_RECURSE header_files CONFIGURE_DEPENDS ${headers}/*.h)
  add_custom_command(OUTPUT ${table} ${REMLOCK_ROUTINES_LIST}
    COMMAND ${REMLOCK_ROUTINES_SCRIPT} ${REMLOCK_NM} ${table} ${REMLOCK_ROUTINES_LIST} ${headers}
            $<TARGET_FILE:remlock_scheduler> $<TARGET_FILE:remlock_core> $<TARGET_FILE:remlock_threads>
    DEPENDS ${REMLOCK_ROUTINES_SCRIPT} ${header_files} remlock_scheduler remlock_core remlock_threads
    COMMENT "Listing the kernel routines that drivers may call" VERBATIM)
  # It refers to everything by names that stand for no types, so it is compiled apart, and never optimised with the rest.
  add_library(${room}_routines OBJECT ${table})
  target_compile_options(${room}_routines PRIVATE -w)
  target_sources(${room} PRIVATE $<TARGET_OBJECTS:${room}_routines>)
  target_link_options(${room} INTERFACE -Wl,--dynamic-list=${REMLOCK_ROUTINES_LIST} -Wl,--undefined=kernel_routines)
  set_property(TARGET ${room} APPEND PROPERTY INTERFACE_LINK_DEPENDS ${REMLOCK_ROUTINES_LIST})
  add_custom_target(${room}_routines_list DEPENDS ${REMLOCK_ROUTINES_LIST})
endfunction()
