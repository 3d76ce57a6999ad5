#!/usr/bin/env bash
# Compares the page of findings with the catalogue in the code: check_findings_page.sh REMLOCK PAGE
set -euo pipefail

diff -u "$2" <("$1" findings --format markdown) || {
    echo "the page is out of date: remlock findings --format markdown >docs/findings.md"
    exit 1
}
