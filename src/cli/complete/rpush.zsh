#compdef rpush
# Completion of rpush in zsh: rpush itself is asked what may follow. It completes at once, whether it is read from a file of
# `fpath` or sourced.
_rpush() {
    local -a answers words_and_help goes_on
    local answer value
    answers=("${(@f)$(RPUSH_COMPLETE=zsh _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$((CURRENT - 1)) \
        rpush -- "${(@)words[1,CURRENT]}" 2>/dev/null)}")
    for answer in $answers; do
        # A colon that belongs to the value has a backslash before it.
        value="${answer//\\:/$'\1'}"
        value="${${value%%:*}//$'\1'/:}"
        if [[ "$value" == *[=/:] ]]; then
            goes_on+=("$value")
        else
            words_and_help+=("$answer")
        fi
    done
    (( ${#words_and_help} )) && _describe -V 'rpush' words_and_help
    (( ${#goes_on} )) && compadd -S '' -- $goes_on
    (( ${#words_and_help} + ${#goes_on} )) || _default
}
if [ "${funcstack[1]}" = "_rpush" ]; then
    _rpush "$@"
else
    compdef _rpush rpush
fi
