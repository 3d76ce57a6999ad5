# cmake -DSOURCE=FILE -DOUTPUT=FILE.c -DNAME=NAME -P embed_file.cmake: see embed.cmake.
file(READ ${SOURCE} bytes HEX)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
string(REGEX REPLACE "('.x0a',)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {\n${bytes}0};\n")
