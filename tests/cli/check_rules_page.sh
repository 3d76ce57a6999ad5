#!/usr/bin/env bash
# Every rule that a driver can be judged by has a row in the page of rules: check_rules_page.sh REMLOCK PAGE
# shellcheck disable=SC2016 # the back quotes are the page's
set -euo pipefail

missing=0
while IFS= read -r rule; do
    grep -q "^| \`$rule\` |" "$2" || { echo "$2 has no row for $rule"; missing=1; }
done < <("$1" findings --format markdown | sed -n 's/^| `\([A-Za-z0-9]*\)` .*Static Driver Verifier rule.*/\1/p')
[ "$(grep -c '^| `[A-Z]' "$2")" -ge 40 ] || { echo "$2 has too few rows"; missing=1; }
exit "$missing"
