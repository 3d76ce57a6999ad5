# With REMLOCK_TSAN the compiler's own ThreadSanitizer hears what our entry points hear (scheduler/sanitizer.h). Both have
# entry points of the same names, so here ours get the prefix remlock_tsan_: objcopy renames them where they are defined and in
# all objects of code under test.
option(REMLOCK_TSAN "Link with the compiler's ThreadSanitizer, as a second opinion on data races" OFF)
set(REMLOCK_RENAMES "")
if(NOT REMLOCK_TSAN)
  return()
endif()

function(remlock_entry_points result)
  set(names init func_entry func_exit read_range write_range memcpy memmove memset
      atomic_thread_fence atomic_signal_fence)
  foreach(size 1 2 4 8 16)
    foreach(access read write read_write volatile_read volatile_write)
      list(APPEND names ${access}${size} unaligned_${access}${size})
    endforeach()
  endforeach()
  foreach(bits 8 16 32 64 128)
    foreach(operation load store exchange fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_nand
                      compare_exchange_strong compare_exchange_weak compare_exchange_val)
      list(APPEND names atomic${bits}_${operation})
    endforeach()
  endforeach()
  set(${result} ${names} PARENT_SCOPE)
endfunction()

remlock_entry_points(names)
set(renames "")
foreach(name ${names})
  string(APPEND renames "__tsan_${name} remlock_tsan_${name}\n")
endforeach()
set(REMLOCK_RENAMES ${PROJECT_BINARY_DIR}/entry_points.renames)
file(CONFIGURE OUTPUT ${REMLOCK_RENAMES} CONTENT "${renames}")

# The entry points themselves, under their names of this build: an object library to be put into the room.
function(remlock_own_entry_points name source)
  add_library(${name} OBJECT ${source})
  remlock_warnings(${name})
  set(launcher env REMLOCK_RENAMES=${REMLOCK_RENAMES} REMLOCK_KEEP_COPIES=yes ${PROJECT_SOURCE_DIR}/cmake/subject-compile.sh)
  set_target_properties(${name} PROPERTIES C_COMPILER_LAUNCHER "${launcher}")
endfunction()
