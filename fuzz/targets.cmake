# A family of subjects has one file, targets/FAMILY.c, from which come
#
#   remlock-replay-FAMILY     runs files, with any compiler
#   remlock-fuzz-FAMILY       libFuzzer (REMLOCK_LIBFUZZER)
#   remlock-fuzz-FAMILY-afl   AFL++ (REMLOCK_AFL), with remlock-afl-mutator.so for all families
#   remlock-fuzz-FAMILY       any engine, with compilers that the environment names (REMLOCK_FUZZING_SERVICE: oss-fuzz/build.sh)
#
# LIB_FUZZING_ENGINE in the environment is the engine to link instead of clang's own, as OSS-Fuzz does it.
if(DEFINED ENV{LIB_FUZZING_ENGINE})
  set(fuzzing_engine "$ENV{LIB_FUZZING_ENGINE}")
else()
  set(fuzzing_engine "-fsanitize=fuzzer")
endif()
set(REMLOCK_FUZZING_ENGINE "${fuzzing_engine}" CACHE STRING "What links a fuzzing engine: a flag or a library")
separate_arguments(fuzzing_engine_flags UNIX_COMMAND "${REMLOCK_FUZZING_ENGINE}")

function(remlock_fuzz_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE remlock_fuzz)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  remlock_warnings(${name})
endfunction()

# remlock_engine_executable(NAME FAMILY FLAGS... [SOURCES more.c...]): the target of a family for an engine whose compilers are
# none of this build's: REMLOCK_ENGINE_CC compiles, REMLOCK_ENGINE_CXX links.
#
# Only the target's own files pass through them. Instrumentation in the code under test would be seen by the scheduler as memory
# accesses of that code, and in the scheduler it would be noise.
function(remlock_engine_executable name family)
  cmake_parse_arguments(ENGINE "" "CC;CXX" "COMPILE;LINK;SOURCES" ${ARGN})
  set(libraries)
  set(includes)
  foreach(room fuzz replay harness threads core scheduler)
    list(APPEND libraries $<TARGET_FILE:remlock_${room}>)
    list(APPEND includes -I$<JOIN:$<TARGET_PROPERTY:remlock_${room},INTERFACE_INCLUDE_DIRECTORIES>,$<SEMICOLON>-I>)
  endforeach()
  set(objects)
  foreach(source ${family}.c ${ENGINE_SOURCES})
    set(object ${name}.${source}.o)
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/targets/${source})
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E env AFL_QUIET=1 ${ENGINE_CC} ${ENGINE_COMPILE} ${includes} -c ${path} -o ${object}
      DEPENDS ${path} ${CMAKE_CURRENT_SOURCE_DIR}/target.h ${CMAKE_CURRENT_SOURCE_DIR}/targets/hooks.h
      COMMENT "Compiling ${source} for ${name}" COMMAND_EXPAND_LISTS VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  add_custom_command(OUTPUT ${name}
    COMMAND ${CMAKE_COMMAND} -E env AFL_QUIET=1 ${ENGINE_CXX} ${objects} -Wl,--dynamic-list=${REMLOCK_ROUTINES_LIST}
            -Wl,--undefined=kernel_routines -Wl,--start-group ${libraries} -Wl,--end-group ${REMLOCK_FCONTEXT} ${ENGINE_LINK}
            -o ${name}
    DEPENDS ${objects} ${libraries}
    COMMENT "Linking the target ${name}" COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}-target ALL DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${name})
  install(PROGRAMS ${CMAKE_CURRENT_BINARY_DIR}/${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

function(remlock_afl_executable family)
  find_program(REMLOCK_AFL_CLANG afl-clang-fast REQUIRED)
  remlock_engine_executable(remlock-fuzz-${family}-afl ${family} CC ${REMLOCK_AFL_CLANG} CXX ${REMLOCK_AFL_CLANG}
                            COMPILE -O2 -g LINK -fsanitize=fuzzer)
endfunction()

# What fuzzing services ask for: whatever the engine and the sanitizer, the compilers, their flags and the engine's library are
# those that the environment of their build names. The rooms are compiled as this build says.
function(remlock_service_executable family)
  foreach(variable CC CXX CFLAGS CXXFLAGS)
    set(REMLOCK_ENGINE_${variable} "" CACHE STRING "${variable} of a fuzzing service")
    separate_arguments(${variable} UNIX_COMMAND "${REMLOCK_ENGINE_${variable}}")
  endforeach()
  remlock_engine_executable(remlock-fuzz-${family} ${family} CC ${CC} CXX ${CXX} COMPILE ${CFLAGS}
                            LINK ${CXXFLAGS} ${fuzzing_engine_flags} SOURCES libfuzzer_mutator.c)
endfunction()

function(remlock_fuzz_family family)
  remlock_fuzz_executable(remlock-replay-${family} targets/plain_main.c targets/${family}.c)
  install(TARGETS remlock-replay-${family})
  if(REMLOCK_FUZZING_SERVICE)
    remlock_service_executable(${family})
  elseif(REMLOCK_LIBFUZZER)
    remlock_fuzz_executable(remlock-fuzz-${family} targets/${family}.c targets/libfuzzer_mutator.c)
    target_link_libraries(remlock-fuzz-${family} PRIVATE ${fuzzing_engine_flags})
    install(TARGETS remlock-fuzz-${family})
  endif()
  if(REMLOCK_AFL)
    remlock_afl_executable(${family})
  endif()
endfunction()

# Nothing but AFL++'s hooks, and what drivers call, leaves the library: afl-fuzz has names of its own.
if(REMLOCK_AFL)
  if(REMLOCK_SANITIZE)
    message(FATAL_ERROR "REMLOCK_AFL and REMLOCK_SANITIZE exclude each other: afl-fuzz loads the mutator and has no sanitizer")
  endif()
  add_library(remlock-afl-mutator MODULE targets/afl_mutator.c)
  set_target_properties(remlock-afl-mutator PROPERTIES PREFIX "")
  target_link_libraries(remlock-afl-mutator PRIVATE remlock_fuzz ${CMAKE_DL_LIBS})
  set(exports ${CMAKE_CURRENT_BINARY_DIR}/mutator_exports.list)
  add_custom_command(OUTPUT ${exports}
    COMMAND sed "s/^{/{ global:/; s/^};/afl_custom_*; local: *; };/" ${REMLOCK_ROUTINES_LIST} > ${exports}
    DEPENDS ${REMLOCK_ROUTINES_LIST} VERBATIM)
  add_custom_target(remlock-afl-mutator-exports DEPENDS ${exports})
  add_dependencies(remlock-afl-mutator-exports remlock_harness_routines_list)
  add_dependencies(remlock-afl-mutator remlock-afl-mutator-exports)
  target_link_options(remlock-afl-mutator PRIVATE -Wl,--version-script=${exports} -Wl,-z,defs)
  remlock_warnings(remlock-afl-mutator)
  install(TARGETS remlock-afl-mutator LIBRARY DESTINATION lib/remlock) # where engines/locate.c looks
endif()
