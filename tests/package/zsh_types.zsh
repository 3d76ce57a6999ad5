# What zsh makes of a line when Tab is pressed behind it: zsh -f zsh_types.zsh FOLDER_OF_REMLOCK FOLDER_OF_COMPLETION <LINES
zmodload zsh/zpty || exit 77
zpty -b shell "TERM=vt100 zsh -f -i"
settings=(
    "PS1= PS2= PATH=${(q)1}:\$PATH fpath=(${(q)2} \$fpath)"
    "autoload -U compinit; compinit -u -D; LISTMAX=-1"
    "unsetopt auto_list auto_menu beep prompt_sp"
    "press() { zle complete-word; print -rn -- \"<<\$BUFFER>>\"; BUFFER= }"
    "zle -N press; bindkey '^T' press"
    "print -n '<''<ready>''>'"
)
answer() {
    local text
    zpty -r shell text '*<<*>>*' || return 1
    text=${text##*<<}
    print -r -- "${${text%%>>*}% }"
}
zpty -w shell ${(F)settings}
# The settings are echoed as well.
until [[ $(answer) == ready ]]; do
    :
done
while IFS= read -r line; do
    zpty -wn shell "$line"$'\C-T'
    answer
done
zpty -d shell
