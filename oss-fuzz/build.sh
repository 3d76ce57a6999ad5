#!/usr/bin/env bash
# Builds the fuzz targets of remlock for a fuzzing service (OSS-Fuzz, ClusterFuzzLite), by their contract: the environment names
# compilers, flags and engine; what is to travel goes into $OUT, and nothing else does.
#
#   CC CXX CFLAGS CXXFLAGS LIB_FUZZING_ENGINE   the engine and the sanitizer
#   SRC OUT WORK                                folders: the checkout is $SRC/remlock or where this file is; results; scratch
#   REMLOCK_DRIVERS_TO_FUZZ                     names in drivers/reference/, or files FILE.c, with spaces between (default: all)
#   REMLOCK                                     the command, where it is built already; it runs here and does not travel
#   REMLOCK_PLAIN_CC                            compiler of the command and of drivers (default: gcc)
set -eu

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
[ -e "$SOURCE/fuzz/targets.cmake" ] || SOURCE=$(cd "$SRC/remlock" && pwd -P)
cd "$SOURCE" # CMake would name all folders by the link that led here
WORK=${WORK:-$SOURCE/build/service}
JOBS=${JOBS:-$(nproc)}
launcher=()
if command -v ccache >/dev/null; then
    launcher=("-DCMAKE_C_COMPILER_LAUNCHER=ccache")
fi

# AFL++'s compiler instruments all that passes through it; what it drives compiles the rooms without that.
case $CC in
    *afl-*) ROOM_CC=${AFL_CC:-clang} ;;
    *) ROOM_CC=$CC ;;
esac

# Rooms are built with the sanitizer, but without coverage: what counts is the interleaving, which targets report themselves.
# Unsigned numbers wrap around by intent, in every hash and random number of ours.
room_flags() {
    local flag

    for flag in $CFLAGS; do
        case $flag in
            -fsanitize=fuzzer* | -fsanitize-coverage=* | -fprofile-instr-generate | -fcoverage-mapping) ;;
            *) printf '%s ' "$flag" ;;
        esac
    done
    case $CFLAGS in
        *unsigned-integer-overflow*) printf '%s' -fno-sanitize=unsigned-integer-overflow ;;
    esac
}

# The command: builds drivers and encodes seeds. It runs during the build only, so it has neither engine nor sanitizer.
build_command() {
    [ -z "${REMLOCK:-}" ] || return 0
    env -u CFLAGS -u CXXFLAGS -u LDFLAGS -u LIB_FUZZING_ENGINE -u CC -u CXX \
        cmake -S "$SOURCE" -B "$WORK/command" -G Ninja -DCMAKE_C_COMPILER="${REMLOCK_PLAIN_CC:-gcc}" "${launcher[@]}" \
        -DREMLOCK_WHOLE_PROGRAM=OFF -DREMLOCK_WERROR=OFF
    env -u CFLAGS -u CXXFLAGS -u LDFLAGS -u CC -u CXX cmake --build "$WORK/command" --parallel "$JOBS" --target remlock
    REMLOCK=$WORK/command/cli/remlock
}

build_targets() {
    env -u CFLAGS -u CXXFLAGS -u LDFLAGS -u CC -u CXX \
        cmake -S "$SOURCE" -B "$WORK/targets" -G Ninja "${launcher[@]}" -DREMLOCK_WERROR=OFF -DREMLOCK_WHOLE_PROGRAM=OFF \
        -DCMAKE_C_COMPILER="$ROOM_CC" -DCMAKE_C_FLAGS="$(room_flags)" \
        -DREMLOCK_FUZZING_SERVICE=ON -DREMLOCK_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
        -DREMLOCK_ENGINE_CC="$CC" -DREMLOCK_ENGINE_CXX="$CXX" \
        -DREMLOCK_ENGINE_CFLAGS="$CFLAGS" -DREMLOCK_ENGINE_CXXFLAGS="${CXXFLAGS:-$CFLAGS}"
    cmake --build "$WORK/targets" --parallel "$JOBS" --target remlock-fuzz-lock-target remlock-fuzz-driver-target
}

# seed_corpus TARGET REPLAY...: the replays as inputs of the engine.
seed_corpus() {
    local target=$1 folder=$WORK/seeds/$1 file

    shift
    rm -rf "$folder" "$OUT/${target}_seed_corpus.zip"
    mkdir -p "$folder"
    for file in "$@"; do
        "$REMLOCK" convert "$file" --quiet --out "$folder/$(basename "$file" .replay)"
    done
    (cd "$folder" && zip -q -X "$OUT/${target}_seed_corpus.zip" ./*)
}

# An input is a program and a schedule of some hundred bytes at most; what targets print is what findings are grouped by.
write_options() {
    cat >"$OUT/$1.options" <<'OPTIONS'
[libfuzzer]
max_len = 1024
close_fd_mask = 1
OPTIONS
}

add_lock() {
    cp "$WORK/targets/fuzz/remlock-fuzz-lock" "$OUT/remlock-fuzz-lock"
    seed_corpus remlock-fuzz-lock "$SOURCE"/corpus/seeds/lock/*.replay
    write_options remlock-fuzz-lock
}

# The target called NAME loads NAME.so, which stands beside it.
add_driver() {
    local source=$1 name

    [ -e "$source" ] || source=$SOURCE/drivers/reference/$1.c
    name=remlock-fuzz-driver-$(basename "$source" .c)
    cp "$WORK/targets/fuzz/remlock-fuzz-driver" "$OUT/$name"
    env -u CFLAGS -u LDFLAGS "$REMLOCK" build --quiet --cc "${REMLOCK_PLAIN_CC:-gcc}" -o "$OUT/$name.so" "$source"
    seed_corpus "$name" "${DRIVER_SEEDS[@]}"
    write_options "$name"
}

shopt -s nullglob
mkdir -p "$OUT" "$WORK"
build_command
build_targets
add_lock
DRIVER_SEEDS=("$SOURCE"/corpus/seeds/driver/*.replay "$SOURCE"/corpus/regressions/driver/*.replay)
drivers=${REMLOCK_DRIVERS_TO_FUZZ:-}
if [ -z "$drivers" ]; then
    drivers=$(basename -s .c -a "$SOURCE"/drivers/reference/*.c)
fi
for driver in $drivers; do
    add_driver "$driver"
done
