set edit:completion:arg-completer[rpush] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) RPUSH_COMPLETE="elvish" rpush -- $@words) | to-lines
}
