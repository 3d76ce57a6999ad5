# Manual pages, by help2man, from what each command says of itself. Without help2man there are none.
find_program(REMLOCK_HELP2MAN help2man DOC "help2man, which makes the manual pages")
if(NOT REMLOCK_HELP2MAN)
  message(STATUS "there will be no manual pages: help2man is not installed")
  return()
endif()
set(folder ${PROJECT_BINARY_DIR}/man)
set(sources cmake/manual/common.h2m cmake/manual/remlock.h2m cmake/manual/targets.1.in)
list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/)
add_custom_command(OUTPUT ${folder}/remlock.1
  COMMAND ${PROJECT_SOURCE_DIR}/cmake/manual.sh $<TARGET_FILE:remlock> ${REMLOCK_HELP2MAN} ${folder} ${PROJECT_VERSION}
          ${PROJECT_SOURCE_DIR}/cmake/manual
  DEPENDS remlock ${PROJECT_SOURCE_DIR}/cmake/manual.sh ${sources} COMMENT "Making the manual pages" VERBATIM)
add_custom_target(remlock_manual ALL DEPENDS ${folder}/remlock.1)
install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")

# One page is for all fuzz targets.
foreach(family lock driver)
  foreach(target remlock-replay-${family} remlock-fuzz-${family} remlock-fuzz-${family}-afl)
    if(TARGET ${target} OR TARGET ${target}-target)
      file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man-links)
      file(CREATE_LINK remlock-targets.1 ${PROJECT_BINARY_DIR}/man-links/${target}.1 SYMBOLIC)
      install(FILES ${PROJECT_BINARY_DIR}/man-links/${target}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    endif()
  endforeach()
endforeach()
