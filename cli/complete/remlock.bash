# Completion of remlock's command lines for bash: asks the program itself.

# _remlock_paths ENDING TYPED: folders, and files that end so; all files when there are none of these.
_remlock_paths()
{
    local path folders='' files='' others=''

    while IFS= read -r path; do
        if [[ -d ${path/#\~/$HOME} ]]; then
            folders+=$path/$'\n'
        elif [[ $path == *"$1" ]]; then
            files+=$path$'\n'
        else
            others+=$path$'\n'
        fi
    done < <(compgen -f -- "$2")
    [[ -n $folders$files || $1 = / ]] || files=$others
    printf '%s' "$folders$files"
}

_remlock()
{
    local program=${1/#\~/$HOME} line=${COMP_LINE:0:COMP_POINT} typed cut='' word breaks
    local -a words

    COMPREPLY=()
    read -ra words <<<"$line"
    [[ $line != *[[:space:]] ]] || words+=("")
    typed=${words[-1]}
    # bash takes a word apart at these, and wants to have the last part of it.
    breaks=${COMP_WORDBREAKS//[^=:]/}
    [[ -z $breaks ]] || cut=${typed%"${typed##*["$breaks"]}"}
    while IFS=$'\t' read -r word _; do
        case $word in
            :folders) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(_remlock_paths / "${typed#"$cut"}") ;;
            :files*) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(_remlock_paths "${word#:files}" "${typed#"$cut"}") ;;
            *) COMPREPLY+=("${word#"$cut"}") ;;
        esac
    done < <("$program" --complete "${words[@]:1}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} == *[=/] ]]; then
        compopt -o nospace
    fi
}

complete -F _remlock remlock
