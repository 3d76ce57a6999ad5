# Files that are part of a program: each becomes an array of its bytes, ended by a zero that is not counted.
#
#   remlock_embed(remlock gdb/remlock.py)      extern const char embedded_remlock_py[]; in C
#
set(REMLOCK_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_file.cmake)

function(remlock_embed target)
  foreach(file ${ARGN})
    cmake_path(GET file FILENAME name)
    string(MAKE_C_IDENTIFIER ${name} name)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.c)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} -DOUTPUT=${output} -DNAME=embedded_${name} -P ${REMLOCK_EMBED_SCRIPT}
      DEPENDS ${source} ${REMLOCK_EMBED_SCRIPT} VERBATIM)
    target_sources(${target} PRIVATE ${output})
  endforeach()
endfunction()
