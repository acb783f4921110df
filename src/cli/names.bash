
# What follows is rpush's own: names of images in the store, for the commands that take them. Bash takes
# `localhost:5000/my-fancy-app:1.0.0` for five words, so the word is cut out of the line, and what bash holds for
# finished is cut off from the answers.
_rpush_with_names() {
    _rpush "$@"
    local line="${COMP_LINE:0:COMP_POINT}" word before name
    word="${line##*[[:space:]]}"
    before="${line%"$word"}"
    [[ "$word" != -* && "$before" =~ [[:space:]](inspect|push|rm|rmi|save|tag)[[:space:]] ]] || return 0
    # The word after an option may be its value.
    [[ "$before" =~ [[:space:]]-[^[:space:]]*[[:space:]]+$ ]] && return 0
    COMPREPLY=()
    while IFS= read -r name; do
        [[ "$name" == "$word"* ]] || continue
        [[ "$COMP_WORDBREAKS" == *:* ]] && name="${name#"${word%"${word##*:}"}"}"
        COMPREPLY+=("$name")
    done < <(rpush images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
}
complete -F _rpush_with_names -o bashdefault -o default rpush
