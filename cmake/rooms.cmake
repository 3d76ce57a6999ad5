# A room is a static library with one public header, include/remlock/ROOM.h. It sees the headers of the rooms it names and no
# others, because nothing but a room's own include folder is ever put on the search path.
#
#   remlock_room(replay SOURCES read.c write.c USES harness)
#
function(remlock_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES" ${ARGN})
  add_library(remlock_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(remlock_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  remlock_warnings(remlock_${name})
  foreach(below ${ROOM_USES})
    target_link_libraries(remlock_${name} PUBLIC remlock_${below})
  endforeach()
  if(REMLOCK_SANITIZE)
    target_compile_options(remlock_${name} PUBLIC -fsanitize=address,undefined -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=undefined)
    target_link_options(remlock_${name} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

function(remlock_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
  if(REMLOCK_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# Code under test: compiled so that every atomic operation, every volatile and every plain access calls the __tsan_* entry
# points of scheduler/. Never linked with the compiler's own runtime, never built with another sanitizer, whatever CFLAGS
# say.
#
#   remlock_subject_objects(core_lock SOURCES acquire.c release.c INCLUDES include)
#
# remlock_subject_flags(flags [GNU|Clang]): those of one compiler, of the one at work unless named.
function(remlock_subject_flags result)
  set(compilers ${CMAKE_C_COMPILER_ID} ${ARGN})
  list(GET compilers -1 compiler)
  set(flags -fno-sanitize=all -fsanitize=thread
            -fno-optimize-sibling-calls -fno-omit-frame-pointer -g ${REMLOCK_SUBJECT_OPTIMISATION})
  if(compiler STREQUAL "GNU")
    list(APPEND flags --param tsan-distinguish-volatile=1 -fno-tree-vectorize -Wno-tsan
         -fno-builtin-memcpy -fno-builtin-memmove -fno-builtin-memset)
  else()
    list(APPEND flags "SHELL:-mllvm -tsan-distinguish-volatile=1" "SHELL:-mllvm -tsan-instrument-read-before-write=1"
         "SHELL:-mllvm -disable-loop-idiom-all" -fno-vectorize -fno-slp-vectorize)
  endif()
  set(${result} ${flags} PARENT_SCOPE)
endfunction()

function(remlock_subject_objects name)
  cmake_parse_arguments(SUBJECT "" "" "SOURCES;INCLUDES" ${ARGN})
  add_library(${name} OBJECT ${SUBJECT_SOURCES})
  target_include_directories(${name} PRIVATE ${SUBJECT_INCLUDES})
  remlock_subject_flags(flags)
  target_compile_options(${name} PRIVATE ${flags})
  set(launcher ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/subject-compile.sh ${CMAKE_C_COMPILER_LAUNCHER})
  if(REMLOCK_TSAN)
    set(launcher env REMLOCK_RENAMES=${REMLOCK_RENAMES} ${launcher})
  endif()
  set_target_properties(${name} PROPERTIES C_COMPILER_LAUNCHER "${launcher}")
  remlock_warnings(${name})
endfunction()
