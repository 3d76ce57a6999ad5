#!/usr/bin/env bash
# The night: a campaign that goes on where the last one stopped, and its reports.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-packages.sh
. "$REPOSITORY/scripts/lib-packages.sh"

usage() {
    cat <<'HELP'
Usage: scripts/nightly.sh [OPTION]...

  --time TIME       how long this night is (5h)
  --subjects LIST   with commas between (lock and all correct drivers)
  --out DIR         the campaign, which the next night goes on with, from the top of the repository (build/nightly/campaign)
  --reports DIR     where the reports go (build/nightly/reports)
  --build DIR       the build folder (build/default)
  --no-install      installs nothing; says what is missing and stops
  --no-build        uses what stands in the build folder
  --help            this text

A campaign in DIR is gone on with; what it has found and its corpora stay. Reports: report.html, findings.sarif, findings.xml
(JUnit), report.json, summary.md. Exit status: 0 nothing found, 1 findings, 2 wrong usage or a campaign that proves nothing.
HELP
}

TIME=5h SUBJECTS='' OUT=$REPOSITORY/build/nightly/campaign REPORTS=$REPOSITORY/build/nightly/reports BUILD=build/default
INSTALL=yes BUILDS=yes

parse_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --time | --subjects | --out | --reports | --build)
                [ $# -gt 1 ] || usage_error "$1 wants a value"
                case $1 in
                    --time) TIME=$2 ;;
                    --subjects) SUBJECTS=$2 ;;
                    --out) OUT=$2 ;;
                    --reports) REPORTS=$2 ;;
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

# With libFuzzer's targets from the newest clang, and AFL++'s beside them.
build_all() {
    heading "Build"
    ensure_packages "$INSTALL" build fuzz test
    configure "$BUILD" default && build "$BUILD" "$(nproc)" remlock remlock_drivers &&
        configure build/libfuzzer libfuzzer "clang-$CLANG_VERSION" &&
        build build/libfuzzer "$(nproc)" remlock-fuzz-lock remlock-fuzz-driver &&
        configure build/afl afl gcc &&
        build build/afl "$(nproc)" remlock-fuzz-lock-afl-target remlock-fuzz-driver-afl-target remlock-afl-mutator
}

correct_subjects() {
    local file

    printf lock
    for file in drivers/reference/*.c; do
        printf ',driver:%s' "$(basename "$file" .c)"
    done
}

# The hours of a campaign are those of all its sessions together, so a night is added to what it has.
seconds_of() {
    local number=${1%[smhd]}

    [[ $number =~ ^[1-9][0-9]*$ ]] || usage_error "--time wants 30s, 10m or 5h, not '$1'"
    case $1 in
        *m) printf '%s' $((number * 60)) ;;
        *h) printf '%s' $((number * 3600)) ;;
        *d) printf '%s' $((number * 86400)) ;;
        *) printf '%s' "$number" ;;
    esac
}

elapsed_before() {
    local elapsed=0

    if [ -e "$OUT/campaign.sqlite" ]; then
        elapsed=$("$REMLOCK" campaign status --json "$OUT" 2>/dev/null |
            sed -n 's/^[[:space:]]*"elapsed":[[:space:]]*\([0-9]*\).*/\1/p' | head -n 1)
    fi
    printf '%s' "${elapsed:-0}"
}

run_campaign() {
    local arguments=(--out "$OUT" --no-html)

    heading "Campaign, for $TIME"
    if [ -e "$OUT/campaign.sqlite" ]; then
        arguments+=(--resume)
    fi
    "$REMLOCK" campaign "${arguments[@]}" --subjects "${SUBJECTS:-$(correct_subjects)}" \
        --time "$(($(elapsed_before) + $(seconds_of "$TIME")))s"
}

write_reports() {
    local format

    heading "Reports"
    mkdir -p "$REPORTS"
    "$REMLOCK" campaign summary --format markdown "$OUT" >"$REPORTS/summary.md" || true
    for format in json:report.json sarif:findings.sarif junit:findings.xml html:report.html; do
        "$REMLOCK" report "$OUT" --quiet --format "${format%:*}" --out "$REPORTS/${format#*:}" ||
            complain "the ${format%:*} report was not written"
    done
    [ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$REPORTS/summary.md" >>"$GITHUB_STEP_SUMMARY"
    ls "$REPORTS"
}

parse_arguments "$@"
REMLOCK=$BUILD/cli/remlock
if [ "$BUILDS" = yes ] && ! build_all; then
    exit 1
fi
[ -x "$REMLOCK" ] || fail "there is no $REMLOCK; leave out --no-build"
seconds_of "$TIME" >/dev/null
mkdir -p "$OUT"
status=0
run_campaign || status=$?
write_reports
exit "$status"
