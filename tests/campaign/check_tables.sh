#!/usr/bin/env bash
# Compares the tables that a page describes with those of a new database: check_tables.sh EMPTY_CAMPAIGN PAGE
set -euo pipefail

make=$1 page=$2
command -v sqlite3 >/dev/null || { echo "sqlite3 is not installed: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$make" "$work"
database=$work/campaign.sqlite

# Of the last column of each row the words in backticks, but not those in brackets, which explain.
described() {
    awk -F '|' '/^\| `[a-z]+` \|/ && NF == 5 {
        gsub(/[` ]/, "", $2)
        gsub(/\([^)]*\)/, "", $4)
        count = split($4, columns, ",")
        for (place = 1; place <= count; place++) {
            gsub(/[` ]/, "", columns[place])
            print $2 "." columns[place]
        }
    }' "$page"
}

in_database() {
    sqlite3 -readonly "$database" "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
        WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite_%'"
}

version=$(sqlite3 -readonly "$database" 'PRAGMA user_version')
grep -qE "^$version today\." "$page" || { echo "$page should say that the tables have version $version"; exit 1; }
diff -u <(in_database | sort) <(described | sort) || { echo "$page (+) and the database (-) differ"; exit 1; }
