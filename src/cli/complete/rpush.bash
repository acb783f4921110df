# Completion of rpush in bash: rpush itself is asked what may follow. Bash takes `localhost:5000/my-fancy-app:1.0.0` for five
# words, and `--format=json` for three; so they are put together again, and what bash holds for finished is cut off the answers.
_rpush() {
    local rest="${COMP_LINE:0:COMP_POINT}" spaces word i last=-1 cut="" breaks="${COMP_WORDBREAKS//[^:=@]/}"
    local -a words
    for ((i = 0; i <= COMP_CWORD; i++)); do
        spaces="${rest%%[![:space:]]*}"
        rest="${rest#"$spaces"}"
        if ((i < COMP_CWORD)); then word="${COMP_WORDS[i]}"; else word="$rest"; fi
        rest="${rest#"$word"}"
        if [[ -n "$spaces" || $last -lt 0 ]]; then
            last=$((last + 1))
            words[last]="$word"
        else
            words[last]+="$word"
        fi
    done
    word="${words[last]}"
    [[ -n "$breaks" ]] && cut="${word%"${word##*[$breaks]}"}"
    COMPREPLY=()
    while IFS= read -r word || [[ -n "$word" ]]; do
        COMPREPLY+=("${word#"$cut"}")
    done < <(RPUSH_COMPLETE=bash _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$last rpush -- "${words[@]}" 2>/dev/null)
    # What goes on behind this is no word of its own.
    [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *[=/:@] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _rpush -o bashdefault -o default rpush
