# Boost.Context's C symbols make_fcontext and jump_fcontext, from the static library (Debian: libboost-context-dev).
find_library(REMLOCK_FCONTEXT NAMES libboost_context.a REQUIRED DOC "Boost.Context's static library (libboost-context-dev)")
add_library(remlock_fcontext INTERFACE)
target_link_libraries(remlock_fcontext INTERFACE ${REMLOCK_FCONTEXT})
