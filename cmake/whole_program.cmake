# Programs that run for hours are optimised as a whole: calls from room to room are inlined, which saves a fifth of the time.
# For their sake each room has a twin, made of the same files. Tests link the plain rooms, because there are many of them and
# optimising each as a whole would take longer than running it. Code under test is never optimised across its boundary.
#
#   remlock_whole_program(remlock)
#
option(REMLOCK_WHOLE_PROGRAM "Optimise the installed programs across rooms, in release builds" ON)

set(REMLOCK_WHOLE OFF)
if(REMLOCK_WHOLE_PROGRAM AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT REMLOCK_SANITIZE AND NOT REMLOCK_TSAN)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT REMLOCK_WHOLE OUTPUT reason LANGUAGES C)
  if(NOT REMLOCK_WHOLE)
    message(STATUS "programs are not optimised across rooms: ${reason}")
  endif()
endif()

# The rooms are small: optimising all of them at once takes a second, and is worth more than the thin way that CMake prefers.
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  set(CMAKE_C_COMPILE_OPTIONS_IPO -flto)
  set(CMAKE_C_LINK_OPTIONS_IPO -flto)
endif()

# The names of the twins in the place of the rooms; everything else as it is.
function(remlock_twin_names result)
  set(names ${ARGN})
  list(TRANSFORM names REPLACE "^remlock_(scheduler|threads|core|harness|replay|fuzz|reports)$" "remlock_\\1_whole")
  set(${result} ${names} PARENT_SCOPE)
endfunction()

function(remlock_make_twin room)
  set(twin ${room}_whole)
  get_target_property(folder ${room} SOURCE_DIR)
  get_target_property(sources ${room} SOURCES)
  list(TRANSFORM sources PREPEND "${folder}/" REGEX "^[^/$]")
  add_library(${twin} STATIC EXCLUDE_FROM_ALL ${sources})
  foreach(property INCLUDE_DIRECTORIES INTERFACE_INCLUDE_DIRECTORIES COMPILE_OPTIONS COMPILE_DEFINITIONS
                   INTERFACE_LINK_OPTIONS INTERFACE_LINK_DEPENDS)
    get_target_property(value ${room} ${property})
    if(value)
      set_property(TARGET ${twin} PROPERTY ${property} ${value})
    endif()
  endforeach()
  get_target_property(libraries ${room} LINK_LIBRARIES)
  if(libraries)
    remlock_twin_names(libraries ${libraries})
    target_link_libraries(${twin} PUBLIC ${libraries})
  endif()
  set_property(TARGET ${twin} PROPERTY INTERPROCEDURAL_OPTIMIZATION ON)
endfunction()

function(remlock_whole_program program)
  if(NOT REMLOCK_WHOLE OR NOT TARGET ${program})
    return()
  endif()
  foreach(room scheduler threads core harness replay fuzz reports)
    if(NOT TARGET remlock_${room}_whole)
      remlock_make_twin(remlock_${room})
    endif()
  endforeach()
  get_target_property(libraries ${program} LINK_LIBRARIES)
  remlock_twin_names(libraries ${libraries})
  set_property(TARGET ${program} PROPERTY LINK_LIBRARIES ${libraries})
  set_property(TARGET ${program} PROPERTY INTERPROCEDURAL_OPTIMIZATION ON)
endfunction()
