#!/usr/bin/env bash
# What a pull request has to pass: builds, replays the corpus, and fuzzes what has changed for a short time.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-packages.sh
. "$REPOSITORY/scripts/lib-packages.sh"

usage() {
    cat <<'HELP'
Usage: scripts/pull-request.sh [OPTION]...

  --base COMMIT     what the change is compared with (origin/main)
  --subjects LIST   fuzz these, with commas between, whatever has changed
  --time TIME       how long is fuzzed, all subjects together (60s)
  --out DIR         where results go, from the top of the repository (build/pull-request)
  --build DIR       the build folder (build/quick)
  --no-install      installs nothing; says what is missing and stops
  --no-build        uses what stands in the build folder
  --help            this text

Results: regressions.xml (JUnit), campaign/ with everything that was found, findings.xml (JUnit), findings.sarif, summary.md.
Exit status: 0 all as expected and nothing found, 1 not, 2 wrong usage.
HELP
}

BASE=origin/main SUBJECTS='' TIME=60s OUT=$REPOSITORY/build/pull-request BUILD=build/quick
INSTALL=yes BUILDS=yes

parse_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --base | --subjects | --time | --out | --build)
                [ $# -gt 1 ] || usage_error "$1 wants a value"
                case $1 in
                    --base) BASE=$2 ;;
                    --subjects) SUBJECTS=$2 ;;
                    --time) TIME=$2 ;;
                    --out) OUT=$2 ;;
                    --build) BUILD=$2 ;;
                esac
                shift ;;
            --no-install) INSTALL=no ;;
            --no-build) BUILDS=no ;;
            -h | --help) usage; exit 0 ;;
            *) usage_error "unknown argument '$1'" ;;
        esac
        shift
    done
}

build_command() {
    heading "Build"
    ensure_packages "$INSTALL" build
    # For minutes of use, optimising across rooms takes longer than it would gain.
    configure "$BUILD" default "" -DREMLOCK_WHOLE_PROGRAM=OFF && build "$BUILD" "$(nproc)" remlock remlock_drivers
}

replay_corpus() {
    heading "Regressions"
    "$REMLOCK" regress --junit "$OUT/regressions.xml" corpus/regressions
}

is_correct() {
    local about

    case $1 in */* | *.so) return 0 ;; esac
    about=$("$REMLOCK" drivers "$1" --json) || return 1
    [[ $about =~ \"correct\":[[:space:]]*true ]]
}

# Splits what is to be fuzzed: nothing may be found in correct subjects; of the wrong ones the corpus has a replay.
correct_ones() {
    local subject

    for subject in "$@"; do
        if is_correct "$subject"; then
            printf '%s\n' "$subject"
        else
            say "$subject is wrong on purpose: not fuzzed" >&2
        fi
    done
}

fuzz_changes() {
    local subjects status=0

    heading "Fuzzing what has changed, for $TIME"
    if [ -z "$SUBJECTS" ]; then
        SUBJECTS=$(scripts/changed-subjects.sh "$BASE") || return 1
    fi
    # shellcheck disable=SC2086 # one word for each subject
    subjects=$(correct_ones ${SUBJECTS//,/ })
    if [ -z "$subjects" ]; then
        say "nothing that can be fuzzed has changed since $BASE"
        return 0
    fi
    say "${subjects//$'\n'/ }"
    rm -rf "$OUT/campaign"
    "$REMLOCK" campaign --subjects "$(paste -sd , <<<"$subjects")" --time "$TIME" --no-html --out "$OUT/campaign" || status=$?
    report_findings
    return "$status"
}

report_findings() {
    "$REMLOCK" report "$OUT/campaign" --quiet --format sarif --out "$OUT/findings.sarif" || return 0
    "$REMLOCK" report "$OUT/campaign" --quiet --format junit --out "$OUT/findings.xml" || return 0
}

write_summary() {
    {
        printf '## Pull request\n\n| step | result |\n|---|---|\n'
        printf '| build | %s |\n| regressions | %s |\n| fuzzing what has changed | %s |\n\n' "$@"
        if [ -d "$OUT/campaign" ]; then
            "$REMLOCK" campaign summary --format markdown "$OUT/campaign" 2>/dev/null || true
        fi
    } >"$OUT/summary.md"
    [ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$OUT/summary.md" >>"$GITHUB_STEP_SUMMARY"
}

parse_arguments "$@"
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
REMLOCK=$BUILD/cli/remlock
if [ "$BUILDS" = yes ] && ! build_command; then
    exit 1
fi
[ -x "$REMLOCK" ] || fail "there is no $REMLOCK; leave out --no-build"
regressions=passed fuzzing=passed
replay_corpus || regressions=FAILED
fuzz_changes || fuzzing=FAILED
write_summary passed "$regressions" "$fuzzing"
heading "Summary"
say "regressions $regressions, fuzzing $fuzzing; all of it took $(duration $SECONDS); results are in ${OUT#"$REPOSITORY"/}"
[ "$regressions$fuzzing" = passedpassed ]
