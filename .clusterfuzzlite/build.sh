#!/usr/bin/env bash
# ClusterFuzzLite's build is that of OSS-Fuzz. To fuzz drivers of your own, name their files here: REMLOCK_DRIVERS_TO_FUZZ.
set -eu
# shellcheck source-path=SCRIPTDIR source=../oss-fuzz/build.sh
. "$SRC/remlock/oss-fuzz/build.sh"
