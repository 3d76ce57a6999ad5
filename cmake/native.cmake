# remlock-stress: the same subjects with tasks as threads. The rooms are those of the other programs but for the scheduler, of
# which only the parts that know nothing of fibers are used, beside scheduler/native/; and but for the environment, whose
# routines are called by way of scheduler/native/crossing.S.
set(REMLOCK_NATIVE OFF)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND NOT REMLOCK_SANITIZE AND NOT REMLOCK_AFL)
  set(REMLOCK_NATIVE ON)
  enable_language(ASM)
endif()

function(remlock_native_scheduler)
  set(folder ${PROJECT_SOURCE_DIR}/scheduler)
  get_target_property(sources remlock_scheduler SOURCES)
  list(FILTER sources EXCLUDE REGEX "^(tasks|waits|lives|execution|fiber|fault|instrumentation|sanitizer)\\.c$|^\\$")
  list(TRANSFORM sources PREPEND "${folder}/")
  set(native ${folder}/native)
  if(REMLOCK_TSAN)
    remlock_own_entry_points(remlock_native_entry_points ${native}/instrumentation.c)
  else()
    add_library(remlock_native_entry_points OBJECT ${native}/instrumentation.c)
    remlock_warnings(remlock_native_entry_points)
  endif()
  set(own world.c threads.c tasks.c execution.c perform.c sanitizer.c crossing.S)
  list(TRANSFORM own PREPEND "${native}/")
  add_library(remlock_native_scheduler STATIC ${sources} ${own} $<TARGET_OBJECTS:remlock_native_entry_points>)
  remlock_warnings(remlock_native_scheduler)
  find_package(Threads REQUIRED)
  target_link_libraries(remlock_native_scheduler PUBLIC Threads::Threads)
  foreach(target remlock_native_scheduler remlock_native_entry_points)
    target_include_directories(${target} PRIVATE ${folder} ${folder}/include)
    if(REMLOCK_TSAN)
      target_compile_definitions(${target} PRIVATE WITH_THREAD_SANITIZER=1)
    endif()
  endforeach()
endfunction()

# The environment as one object in which the routines have their inside names, and the crossings to them.
function(remlock_native_environment)
  set(environment ${PROJECT_BINARY_DIR}/native/environment.o)
  set(crossings ${PROJECT_BINARY_DIR}/native/crossings.S)
  set(script ${PROJECT_SOURCE_DIR}/scheduler/native/crossings.sh)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/native)
  add_custom_command(OUTPUT ${environment} ${crossings}
    COMMAND ${CMAKE_LINKER} -r -o ${environment}.outside $<TARGET_OBJECTS:remlock_core>
            $<TARGET_OBJECTS:remlock_threads>
    COMMAND ${script} ${REMLOCK_NM} ${REMLOCK_ROUTINES_LIST} ${crossings} ${environment}.renames ${environment}.outside
            $<TARGET_OBJECTS:remlock_lock>
    COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${environment}.renames ${environment}.outside ${environment}
    DEPENDS ${script} ${REMLOCK_ROUTINES_LIST} remlock_lock $<TARGET_OBJECTS:remlock_core> $<TARGET_OBJECTS:remlock_threads>
    COMMAND_EXPAND_LISTS VERBATIM COMMENT "Letting code under test cross into the environment")
  set_source_files_properties(${environment} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  add_library(remlock_native_environment STATIC ${environment} ${crossings} $<TARGET_OBJECTS:remlock_lock>)
  set_target_properties(remlock_native_environment PROPERTIES LINKER_LANGUAGE C)
endfunction()

# remlock_native_program(remlock-stress ROOM...): links the program with these rooms above core/.
function(remlock_native_program program)
  remlock_native_scheduler()
  remlock_native_environment()
  foreach(room ${ARGN} core threads scheduler)
    target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/${room}/include)
  endforeach()
  set(archives)
  foreach(room ${ARGN})
    list(APPEND archives $<TARGET_FILE:remlock_${room}>)
    add_dependencies(${program} remlock_${room})
  endforeach()
  target_link_libraries(${program} PRIVATE ${archives} -Wl,--whole-archive remlock_native_environment -Wl,--no-whole-archive
                                           remlock_native_scheduler cjson dw dl)
  target_link_options(${program} PRIVATE -Wl,--dynamic-list=${REMLOCK_ROUTINES_LIST} -Wl,--undefined=kernel_routines)
  add_dependencies(${program} remlock_harness_routines_list)
  if(REMLOCK_TSAN)
    target_link_options(${program} PRIVATE -fsanitize=thread)
  endif()
endfunction()
