#!/usr/bin/env bash
# Lays out every C file as .clang-format says, with the version the test checks with.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -z --cached --others --exclude-standard -- '*.[ch]' | xargs -0 -r clang-format-14 --style=file -i
