# Drivers and C programs as subjects: C files become NAME.so, which every command of remlock takes.
#
#   remlock_add_driver(mydriver [SOURCES] pnp.c io.c [INCLUDES DIR...] [DEFINITIONS NAME...] [CHECKED] [COMPILER CC]
#                      [BUILD_OPTIONS OPTION...] [OUTPUT FILE] [EXCLUDE_FROM_ALL])
#   remlock_add_program(queue [SOURCES] queue.c main.c [STANDARD c11] [OPTIMIZE 2] ...)      and so on
#
# builds mydriver.so in the current binary folder (or FILE) as part of the target `mydriver`. `remlock build` does the work,
# with the compiler of the project when that is gcc or clang for this machine; BUILD_OPTIONS are further options of it. The
# target's property REMLOCK_SUBJECT is the path of the file.
include_guard(GLOBAL)

function(remlock_add_driver name)
  remlock_add_subject(${name} ${ARGN})
endfunction()

function(remlock_add_program name)
  remlock_add_subject(${name} ${ARGN} BUILD_OPTIONS --program)
endfunction()

# The options of `remlock build` that stand in SUBJECT_...
macro(remlock_collect_build_options)
  set(options ${SUBJECT_BUILD_OPTIONS})
  foreach(folder ${SUBJECT_INCLUDES})
    cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND options -I ${folder})
  endforeach()
  foreach(definition ${SUBJECT_DEFINITIONS})
    list(APPEND options -D ${definition})
  endforeach()
  if(SUBJECT_CHECKED)
    list(APPEND options --dbg)
  endif()
  if(SUBJECT_STANDARD)
    list(APPEND options --std ${SUBJECT_STANDARD})
  endif()
  if(DEFINED SUBJECT_OPTIMIZE)
    list(APPEND options -O ${SUBJECT_OPTIMIZE})
  endif()
  if(SUBJECT_COMPILER)
    list(APPEND options --cc ${SUBJECT_COMPILER})
  elseif(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang" AND NOT CMAKE_CROSSCOMPILING AND NOT WIN32)
    list(APPEND options --cc ${CMAKE_C_COMPILER})
  endif()
endmacro()

function(remlock_add_subject name)
  cmake_parse_arguments(SUBJECT "CHECKED;EXCLUDE_FROM_ALL" "OUTPUT;COMPILER;STANDARD;OPTIMIZE"
                        "SOURCES;INCLUDES;DEFINITIONS;BUILD_OPTIONS" ${ARGN})
  list(APPEND SUBJECT_SOURCES ${SUBJECT_UNPARSED_ARGUMENTS})
  if(NOT SUBJECT_SOURCES)
    message(FATAL_ERROR "${name}: names no source files")
  endif()
  if(NOT SUBJECT_OUTPUT)
    set(SUBJECT_OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.so)
  endif()
  cmake_path(ABSOLUTE_PATH SUBJECT_OUTPUT BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  set(sources)
  foreach(source ${SUBJECT_SOURCES})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND sources ${source})
  endforeach()
  remlock_collect_build_options()
  set(all ALL)
  if(SUBJECT_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  cmake_path(GET SUBJECT_OUTPUT PARENT_PATH folder)
  file(MAKE_DIRECTORY ${folder})
  # In its own project remlock is linked often; there drivers are built again when what builds them has changed.
  if(REMLOCK_TOOL_FILES)
    set(tool ${REMLOCK_TOOL_FILES})
  else()
    set(tool $<TARGET_FILE:remlock::remlock>)
  endif()
  add_custom_command(OUTPUT ${SUBJECT_OUTPUT}
    COMMAND remlock::remlock build --quiet ${options} -o ${SUBJECT_OUTPUT} --depfile ${SUBJECT_OUTPUT}.d ${sources}
    DEPENDS ${sources} ${tool}
    DEPFILE ${SUBJECT_OUTPUT}.d
    COMMENT "Building the subject ${name}" VERBATIM)
  add_custom_target(${name} ${all} DEPENDS ${SUBJECT_OUTPUT})
  set_target_properties(${name} PROPERTIES REMLOCK_SUBJECT ${SUBJECT_OUTPUT})
endfunction()
