# Builds code under test with compilers other than the one of this build, with the flags of subjects.

# Objects of code under test: sets RESULT to their names.
function(foreign_objects result name compiler family level)
  cmake_parse_arguments(FOREIGN "COMPOUND" "" "SOURCES;FLAGS" ${ARGN})
  set(REMLOCK_SUBJECT_OPTIMISATION ${level})
  if(family MATCHES clang)
    set(CMAKE_C_COMPILER_ID Clang)
  else()
    set(CMAKE_C_COMPILER_ID GNU)
  endif()
  remlock_subject_flags(flags)
  list(TRANSFORM flags REPLACE "^SHELL:" "")
  string(JOIN " " flags ${flags})
  if(FOREIGN_COMPOUND)
    string(REPLACE -tsan-instrument-read-before-write=1 -tsan-compound-read-before-write=1 flags "${flags}")
  endif()
  separate_arguments(flags UNIX_COMMAND "${flags}")
  set(objects)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/programs/*.h)
  foreach(source ${FOREIGN_SOURCES})
    cmake_path(GET source STEM stem)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.${stem}.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${PROJECT_SOURCE_DIR}/cmake/subject-compile.sh ${compiler} -std=gnu11 -Wall -Wextra -Werror ${flags}
              ${FOREIGN_FLAGS} -I ${CMAKE_CURRENT_SOURCE_DIR}/programs -o ${object} -c ${CMAKE_CURRENT_SOURCE_DIR}/${source}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source} ${headers}
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${result} ${objects} PARENT_SCOPE)
endfunction()

# Two tests of one compiler at one level: what it calls, and what that does.
function(entry_point_tests compiler family level)
  cmake_parse_arguments(ENTRY "COMPOUND" "" "" ${ARGN})
  string(REGEX REPLACE "-.*" "" kind ${family})
  set(name ${family}${level})
  set(compound)
  if(ENTRY_COMPOUND)
    set(compound COMPOUND)
    string(APPEND name -compound)
    string(APPEND kind -compound)
  endif()
  foreign_objects(objects entry_points.${name} ${compiler} ${family} ${level} ${compound} FLAGS -mcx16
                  SOURCES programs/entry_points_access.c programs/entry_points_atomic.c)
  add_executable(scheduler_entry_points_${name} test_entry_points.c ${objects})
  target_link_libraries(scheduler_entry_points_${name} PRIVATE remlock_scheduler ${CMOCKA_LIBRARIES})
  remlock_warnings(scheduler_entry_points_${name})
  add_test(NAME scheduler.entry-points.${name}.run COMMAND scheduler_entry_points_${name})
  add_test(NAME scheduler.entry-points.${name}.symbols
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/entry_points.sh ${CMAKE_NM} $<TARGET_FILE:remlock_scheduler> ${kind} ${objects})
  set_tests_properties(scheduler.entry-points.${name}.run scheduler.entry-points.${name}.symbols PROPERTIES LABELS scheduler)
endfunction()

# The programs as one compiler makes them at one level, in an executable that prints what they did.
function(fingerprint_program compiler family level)
  set(name scheduler_fingerprint_${family}${level})
  foreign_objects(objects ${name} ${compiler} ${family} ${level} SOURCES ${programs})
  add_executable(${name} fingerprint.c ${objects})
  target_link_libraries(${name} PRIVATE scheduler_test_support)
  remlock_warnings(${name})
endfunction()
