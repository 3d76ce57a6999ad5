# Drivers as subjects: C files become NAME.so, which every command of remlock takes.
#
#   remlock_add_driver(mydriver pnp.c io.c [INCLUDES DIR...] [DEFINITIONS NAME...] [OUTPUT FILE] [CHECKED]
#                      [EXCLUDE_FROM_ALL])
#
# builds mydriver.so in the current binary folder (or FILE) as part of the target `mydriver`. `remlock build` does the work,
# with the compiler of the project when that is gcc or clang.
include_guard(GLOBAL)

function(remlock_add_driver name)
  cmake_parse_arguments(DRIVER "CHECKED;EXCLUDE_FROM_ALL" "OUTPUT" "INCLUDES;DEFINITIONS" ${ARGN})
  if(NOT DRIVER_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "remlock_add_driver(${name}): names no source files")
  endif()
  if(NOT DRIVER_OUTPUT)
    set(DRIVER_OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.so)
  endif()
  set(sources)
  foreach(source ${DRIVER_UNPARSED_ARGUMENTS})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND sources ${source})
  endforeach()
  set(options)
  foreach(folder ${DRIVER_INCLUDES})
    cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND options -I ${folder})
  endforeach()
  foreach(definition ${DRIVER_DEFINITIONS})
    list(APPEND options -D ${definition})
  endforeach()
  set(all ALL)
  if(DRIVER_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  if(DRIVER_CHECKED)
    list(APPEND options --dbg)
  endif()
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    list(APPEND options --cc ${CMAKE_C_COMPILER})
  endif()
  cmake_path(GET DRIVER_OUTPUT PARENT_PATH folder)
  file(MAKE_DIRECTORY ${folder})
  # In its own project remlock is linked often; there drivers are built again when what builds them has changed.
  if(REMLOCK_TOOL_FILES)
    set(tool ${REMLOCK_TOOL_FILES})
  else()
    set(tool $<TARGET_FILE:remlock::remlock>)
  endif()
  add_custom_command(OUTPUT ${DRIVER_OUTPUT}
    COMMAND remlock::remlock build --quiet ${options} -o ${DRIVER_OUTPUT} --depfile ${DRIVER_OUTPUT}.d ${sources}
    DEPENDS ${sources} ${tool}
    DEPFILE ${DRIVER_OUTPUT}.d
    COMMENT "Building the driver ${name}" VERBATIM)
  add_custom_target(${name} ${all} DEPENDS ${DRIVER_OUTPUT})
  set_target_properties(${name} PROPERTIES REMLOCK_DRIVER ${DRIVER_OUTPUT})
endfunction()
