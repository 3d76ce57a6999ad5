#!/usr/bin/env bash
# Which subjects a change touches: what a pull request has to be fuzzed on. One name on each line, each once.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: scripts/changed-subjects.sh BASE
       scripts/changed-subjects.sh -

Prints the subjects that the files changed since BASE (a commit or branch; since the fork from it) have to do with. With "-"
the names of the files come on the standard input instead.

  drivers/NAME.c                   that driver
  core/mutants/                    the lock; what is known to be wrong in it is replayed by 'remlock regress'
  scheduler, core, harness, ...    the lock and all correct drivers, because they run in all of them
  everything else                  nothing
HELP
}

changed_files() {
    if [ "$1" = - ]; then
        cat
    else
        git diff --name-only --diff-filter=d "$1..." --
    fi
}

correct_drivers() {
    local file

    for file in drivers/reference/*.c; do
        printf 'driver:%s\n' "$(basename "$file" .c)"
    done
}

subjects_of() {
    case $1 in
        drivers/reference/*.c | drivers/zoo/*.c) printf 'driver:%s\n' "$(basename "$1" .c)" ;;
        core/mutants/* | core/lock/*) echo lock ;;
        tests/* | bench/* | examples/* | docs/*) ;;
        scheduler/*.[chS] | core/*.[ch] | harness/*.[ch] | replay/*.[ch] | fuzz/*.[ch] | cli/search.c | cli/workers.c | \
            cli/mix.c | cmake/* | CMakeLists.txt | */CMakeLists.txt)
            echo lock
            correct_drivers ;;
    esac
}

case ${1:-} in
    -h | --help) usage; exit 0 ;;
    '') printf 'changed-subjects.sh: a commit to compare with is missing; try --help\n' >&2; exit 2 ;;
esac
if [ "$1" != - ] && ! git rev-parse --quiet --verify "$1^{commit}" >/dev/null; then
    printf "changed-subjects.sh: there is no commit '%s' here; a shallow clone has to fetch it first\n" "$1" >&2
    exit 2
fi
cd "$(git rev-parse --show-toplevel)"
changed_files "$1" | while IFS= read -r file; do
    subjects_of "$file"
done | sort -u
