# What bash makes of a line when Tab is pressed behind it: bash bash_types.bash SCRIPT <LINES
# The function is called as readline calls it; there is no terminal here.

# shellcheck disable=SC1090 # the file to be tested
. "$1"
compopt() {
    :
}
complete -p remlock >/dev/null || exit 1

while IFS= read -r COMP_LINE; do
    COMP_POINT=${#COMP_LINE}
    _remlock remlock
    # What readline replaces is the part behind the last of the characters at which it takes words apart.
    head=${COMP_LINE%"${COMP_LINE##*[=: ]}"}
    [ ${#COMPREPLY[@]} = 1 ] && printf '%s%s\n' "$head" "${COMPREPLY[0]}" || printf '%s\n' "$COMP_LINE"
done
