complete --keep-order --exclusive --command rpush --arguments "(RPUSH_COMPLETE=fish rpush -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
