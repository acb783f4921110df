# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rpush_global_optspecs
    string join \n store= config= q/quiet v/verbose progress= h/help V/version
end

function __fish_rpush_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_rpush_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_rpush_using_subcommand
    set -l cmd (__fish_rpush_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c rpush -n "__fish_rpush_needs_command" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_needs_command" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_needs_command" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_needs_command" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_needs_command" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_needs_command" -s V -l version -d 'Print version'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "login" -d 'Log in to a registry'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "logout" -d 'Log out of a registry'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "whoami" -d 'Tell which account is used for a registry'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "tag" -d 'Give an image of the store more names; with `--remote`, one on a registry'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "push" -d 'Push images to a registry'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "pull" -d 'Pull images from a registry into the store'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "copy" -d 'Copy an image from anywhere to anywhere'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "images" -d 'List the images in the store'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "rmi" -d 'Remove images from the store; with `--remote`, from a registry'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "load" -d 'Load images from an archive into the store'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "save" -d 'Save images of the store to an archive'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "import" -d 'Make an image in the store of a root file system: a directory, or a tar of one'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "append" -d 'Make an image of another one and more layers, or with another way to run it'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "index" -d 'Make an index of images for several platforms, or show what one lists'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "attach" -d 'Attach files to an image on a registry: an SBOM, a report, a signature'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "referrers" -d 'List what refers to an image on a registry: signatures, SBOMs, reports'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "inspect" -d 'Show everything about images in the store, or on a registry, as JSON'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "ls" -d 'List the repositories of a registry, or the tags of a repository'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "search" -d 'Search Docker Hub for repositories, or a registry for names'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "prune" -d 'Free the space of everything in the store that no image needs'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "fsck" -d 'Verify everything in the store'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "serve" -d 'Run a registry on this machine'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "demo" -d 'Show it all on this machine: a registry, an image, there and back'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "doctor" -d 'Find out why a push fails'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "credential-helper" -d 'Speak the protocol of Docker\'s credential helpers'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "image" -d 'The same commands under Docker\'s long names'
complete -c rpush -n "__fish_rpush_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rpush -n "__fish_rpush_using_subcommand login" -s u -l username -d 'The name of the account; asked for when it is not given' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -s p -l password -d 'The password, or a token; `-` reads it from standard input. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l store-in -d 'Where to keep the account: `keyring`, `file` (config.json, unencrypted), or a credential helper like `pass`; or else where the configuration file says' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand login" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand login" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand login" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand login" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand login" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand login" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand login" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand login" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand login" -l password-stdin -d 'Read the password from standard input, up to its end; needs `--username`'
complete -c rpush -n "__fish_rpush_using_subcommand login" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand login" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand logout" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand logout" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand logout" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand logout" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand logout" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand whoami" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand whoami" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand whoami" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand whoami" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand whoami" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l from-tag -d 'Not one image, but all tags of the repository that match this pattern: `v1.*`' -r
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l remote -d 'On the registry and not in the store: no layer moves'
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l no-clobber -d 'Leave names as they are that stand for something else, and say which. A tag that the configuration calls immutable is left in any case, which is a failure without this option'
complete -c rpush -n "__fish_rpush_using_subcommand tag" -l dry-run -d 'Say what would be done, and change nothing'
complete -c rpush -n "__fish_rpush_using_subcommand tag" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand tag" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand tag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand push" -l from -d 'Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`, a path, or `-` for an archive on standard input' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l max-concurrent-uploads -d 'How many layers are uploaded at the same time; 5 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l platform -d 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l digest-file -d 'Write the digests of what was pushed to this file, a line an image' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand push" -l format -d 'Print an object a tag in place of the line with the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand push" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand push" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l verify -d 'Trust nothing: hash again what is sent, also where the store knows that it is unchanged, and ask the registry for every piece afterwards. `--verify=deep` reads every piece back and hashes it' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l ci-summary -d 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand push" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand push" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand push" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand push" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand push" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand push" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand push" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand push" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand push" -s a -l all-tags -d 'Push every tag that the store has of the repository'
complete -c rpush -n "__fish_rpush_using_subcommand push" -l allow-missing -d 'Push an index although images that it lists are neither here nor where it came from'
complete -c rpush -n "__fish_rpush_using_subcommand push" -l dry-run -d 'Say what would be sent, mounted and named, and whether this account may push; and change nothing. The registry is asked, and an upload is begun and given up at once. An archive, or an image of the daemon, is brought into the store for it, where it has no name: the digests of layers that are not compressed yet are known only when they are'
complete -c rpush -n "__fish_rpush_using_subcommand push" -l no-clobber -d 'Leave tags as they are that name something else, push all others, and fail. The registry is asked right before a tag is put: that is a check and no lock, and who pushes the same tag at the same moment may still come between'
complete -c rpush -n "__fish_rpush_using_subcommand push" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand push" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l platform -d 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l to -d 'Give the images to this as well, once they are in the store: `docker-daemon:`, or `docker-daemon:NAME[:TAG]` for one image under another name' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l max-concurrent-downloads -d 'How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l format -d 'Print an object an image in place of lines' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l ci-summary -d 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand pull" -s a -l all-tags -d 'Pull every tag of the repository'
complete -c rpush -n "__fish_rpush_using_subcommand pull" -l all-platforms -d 'Pull the images for all platforms'
complete -c rpush -n "__fish_rpush_using_subcommand pull" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand pull" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand pull" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l platform -d 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l max-concurrent-uploads -d 'How many layers are sent at the same time; 5 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l max-concurrent-downloads -d 'How many layers, and parts of large ones, are fetched at the same time into a layout or the store; 8 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l verify -d 'Trust nothing: hash again what is sent, and ask the registry for every piece afterwards. `--verify=deep` reads every piece back and hashes it. Only registries are asked; what is written on this machine is hashed in any case' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l digest-file -d 'Write the digest of what was copied to this file, a line a destination' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l format -d 'Print an object a destination in place of the line with the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l ci-summary -d 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l src-creds -d 'Use this account for the source. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l src-plain-http -d 'Speak HTTP without TLS to the source' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l src-insecure -d 'Do not verify the source\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l src-ca-file -d 'Trust the certificates of this PEM file for the source too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l all-platforms -d 'Copy the images for all platforms, which is what happens if nothing is said'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l include-referrers -d 'Copy signatures, SBOMs and attestations of the image with it: what has it as its subject, and what cosign keeps under tags'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l allow-missing -d 'Copy an index although images that it lists are neither here nor where it came from'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l dry-run -d 'Say what would be sent, mounted, written and named, and whether this account may write to each registry; and change nothing. The source is read as far as its manifests; an archive is brought into the store for it, where it has no name. With `--format json`, the objects are those of `push --dry-run`; of a place that is no registry, without `tag`, `mayWrite` and `account`, and the outcome of a piece is `exists` or `write`'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -l no-clobber -d 'Leave tags of registries as they are that name something else, go on with all others, and fail. The registry is asked right before a tag is put: that is a check and no lock, and who pushes the same tag at the same moment may still come between'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand images" -s f -l filter -d 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`' -r
complete -c rpush -n "__fish_rpush_using_subcommand images" -l format -d 'How to print: `table`, `table TEMPLATE`, `json`, `raw`, or a template: `{{.Repository}}:{{.Tag}}`' -r
complete -c rpush -n "__fish_rpush_using_subcommand images" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand images" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand images" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand images" -s a -l all -d 'All images: for scripts; the store hides none, so this changes nothing'
complete -c rpush -n "__fish_rpush_using_subcommand images" -l digests -d 'Show a column with digests'
complete -c rpush -n "__fish_rpush_using_subcommand images" -l no-trunc -d 'Show ids whole'
complete -c rpush -n "__fish_rpush_using_subcommand images" -l tree -d 'Show the platforms of each image, and whether they are here'
complete -c rpush -n "__fish_rpush_using_subcommand images" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand images" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand images" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -s f -l force -d 'Remove an id or a digest with all its names, and do not fail for an image that is not there; with `--remote`, also tags that the configuration calls immutable'
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -l remote -d 'On the registry and not in the store'
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand rmi" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand load" -s i -l input -d 'The archive; without one, standard input' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand load" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand load" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand load" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand load" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand load" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand load" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand load" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand save" -s o -l output -d 'The archive to write; without one, standard output' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand save" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand save" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand save" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand save" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand save" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand import" -l platform -d 'For which platform it is; this machine\'s if nothing is said: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand import" -s c -l change -d 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR' -r
complete -c rpush -n "__fish_rpush_using_subcommand import" -s m -l message -d 'A word about it, for the history of the image' -r
complete -c rpush -n "__fish_rpush_using_subcommand import" -l created -d 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image' -r
complete -c rpush -n "__fish_rpush_using_subcommand import" -l owner -d 'Whose the files of a directory are in the image; `0:0` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand import" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand import" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand import" -l format -d 'Print an object in place of the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand import" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand import" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand import" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand import" -l keep-owner -d 'Let the files of a directory have the owners that they have here'
complete -c rpush -n "__fish_rpush_using_subcommand import" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand import" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand append" -l base -d 'What it is made of; an image of nothing if nothing is said, or with `scratch`' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l layer -d 'A layer, the lowest first: a directory for the root of the image, `DIR=/PATH` for a place in it, or a tar, plain or compressed with gzip or zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -s e -l env -d 'A variable of the environment' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l entrypoint -d 'What is run: one program, or a list in JSON. The base\'s arguments go' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l cmd -d 'The arguments, or what is run when there is no entrypoint: one word, or a list in JSON' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -s l -l label -d 'A label' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -s u -l user -d 'As whom it runs' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -s w -l workdir -d 'In which directory it runs' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l annotation -d 'An annotation of the manifest' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l platform -d 'Which image of a base for several platforms; of an image of nothing, for which platform it is. This machine\'s if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -s c -l change -d 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -s m -l message -d 'A word about it, for the history of the image' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l created -d 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l owner -d 'Whose the files of a directory are in the image; `0:0` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand append" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l format -d 'Print an object in place of the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand append" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand append" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand append" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand append" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand append" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand append" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand append" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand append" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand append" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand append" -l keep-owner -d 'Let the files of a directory have the owners that they have here'
complete -c rpush -n "__fish_rpush_using_subcommand append" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand append" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand append" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -f -a "create" -d 'Make an index in the store of images for one platform each'
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -f -a "ls" -d 'Show what an index lists'
complete -c rpush -n "__fish_rpush_using_subcommand index; and not __fish_seen_subcommand_from create ls help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l annotation -d 'An annotation of the index' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l format -d 'Print an object in place of the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l format -d 'Print an object an image in place of the table' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -l remote -d 'On the registry; nothing is stored'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make an index in the store of images for one platform each'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from help" -f -a "ls" -d 'Show what an index lists'
complete -c rpush -n "__fish_rpush_using_subcommand index; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l artifact-type -d 'What it is: a media type like `application/spdx+json`' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l annotation -d 'An annotation of the artifact' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l platform -d 'Attach to the image for this platform, and not to the index of all: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l format -d 'Print an object in place of the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand attach" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand attach" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand attach" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand attach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l artifact-type -d 'Only what is of this type' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l platform -d 'Of the image for this platform, and not of the index of all: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l format -d 'Print an object a referrer in place of the table' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand referrers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -s f -l format -d 'How to print: `json`, or a template: `{{.Architecture}}`' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l platform -d 'With `--remote`, of an image for several platforms this one: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -l remote -d 'On the registry; nothing is stored, and no layer is fetched'
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l include -d 'Only names that match this pattern, or another one that is given; `*` and `?` stand for anything but a slash' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l exclude -d 'No names that match this pattern' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l format -d 'How to print: `json`, or a template: `{{.Name}}`, with `.Repository`, `.Tag` and `.Digest`' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand ls" -l digests -d 'Show what each tag names: its digest, a tab, the tag'
complete -c rpush -n "__fish_rpush_using_subcommand ls" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand ls" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand search" -l limit -d 'How many to show' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -s f -l filter -d 'Only these: `is-official=true|false`, `stars=N` for at least so many' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l format -d 'How to print: `table`, `table TEMPLATE`, `json`, or a template: `{{.Name}}`' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand search" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand search" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand search" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand search" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand search" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand search" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand search" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand search" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand search" -l no-trunc -d 'Show descriptions whole'
complete -c rpush -n "__fish_rpush_using_subcommand search" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand search" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand prune" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand prune" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand prune" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand prune" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand prune" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -l format -d 'Print an object in place of the lines' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -l repair -d 'Set damaged blobs aside, so that the next `pull` or `load` brings them anew, and make what can be made again. Nothing is removed'
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand fsck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l addr -d 'Where to listen; port 0 is any free one' -r
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l dir -d 'Keep the images here, as OCI layouts; without it they go with the process' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l htpasswd -d 'Let in only the accounts of this file, which `htpasswd -B` writes' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l tls-cert -d 'Speak HTTPS with this certificate: PEM, its chain after it' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l tls-key -d 'The private key of the certificate: PEM' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l anonymous -d 'Let everybody in, also from other machines'
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l read-only -d 'Give images and take none'
complete -c rpush -n "__fish_rpush_using_subcommand serve" -l allow-sparse -d 'Take manifests of which blobs are missing'
complete -c rpush -n "__fish_rpush_using_subcommand serve" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand serve" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand demo" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand demo" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand demo" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand demo" -l keep -d 'Leave the registry running and the store in its place, to go on by hand until Ctrl-C'
complete -c rpush -n "__fish_rpush_using_subcommand demo" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand demo" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l max-body -d 'The largest body that is tried: `500k`, `128m`, `2g`, in units of 1024' -r
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l format -d 'Print an object in place of the lines' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand completions" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand completions" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand completions" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand completions" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand completions" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand credential-helper" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand credential-helper" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand credential-helper" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand credential-helper" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand credential-helper" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand credential-helper" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "ls" -d 'List the images in the store'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "rm" -d 'Remove images from the store; with `--remote`, from a registry'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "tag" -d 'Give an image of the store more names; with `--remote`, one on a registry'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "push" -d 'Push images to a registry'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "pull" -d 'Pull images from a registry into the store'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "load" -d 'Load images from an archive into the store'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "save" -d 'Save images of the store to an archive'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "import" -d 'Make an image in the store of a root file system: a directory, or a tar of one'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "inspect" -d 'Show everything about images in the store, or on a registry, as JSON'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "prune" -d 'Free the space of everything in the store that no image needs'
complete -c rpush -n "__fish_rpush_using_subcommand image; and not __fish_seen_subcommand_from ls rm tag push pull load save import inspect prune help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -l format -d 'How to print: `table`, `table TEMPLATE`, `json`, `raw`, or a template: `{{.Repository}}:{{.Tag}}`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -s a -l all -d 'All images: for scripts; the store hides none, so this changes nothing'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -l digests -d 'Show a column with digests'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Show ids whole'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -l tree -d 'Show the platforms of each image, and whether they are here'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -s f -l force -d 'Remove an id or a digest with all its names, and do not fail for an image that is not there; with `--remote`, also tags that the configuration calls immutable'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -l remote -d 'On the registry and not in the store'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l from-tag -d 'Not one image, but all tags of the repository that match this pattern: `v1.*`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l remote -d 'On the registry and not in the store: no layer moves'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l no-clobber -d 'Leave names as they are that stand for something else, and say which. A tag that the configuration calls immutable is left in any case, which is a failure without this option'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -l dry-run -d 'Say what would be done, and change nothing'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from tag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l from -d 'Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`, a path, or `-` for an archive on standard input' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l max-concurrent-uploads -d 'How many layers are uploaded at the same time; 5 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l platform -d 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l digest-file -d 'Write the digests of what was pushed to this file, a line an image' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l format -d 'Print an object a tag in place of the line with the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l verify -d 'Trust nothing: hash again what is sent, also where the store knows that it is unchanged, and ask the registry for every piece afterwards. `--verify=deep` reads every piece back and hashes it' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l ci-summary -d 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -s a -l all-tags -d 'Push every tag that the store has of the repository'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l allow-missing -d 'Push an index although images that it lists are neither here nor where it came from'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l dry-run -d 'Say what would be sent, mounted and named, and whether this account may push; and change nothing. The registry is asked, and an upload is begun and given up at once. An archive, or an image of the daemon, is brought into the store for it, where it has no name: the digests of layers that are not compressed yet are known only when they are'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -l no-clobber -d 'Leave tags as they are that name something else, push all others, and fail. The registry is asked right before a tag is put: that is a check and no lock, and who pushes the same tag at the same moment may still come between'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l platform -d 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l to -d 'Give the images to this as well, once they are in the store: `docker-daemon:`, or `docker-daemon:NAME[:TAG]` for one image under another name' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l max-concurrent-downloads -d 'How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l format -d 'Print an object an image in place of lines' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l ci-summary -d 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -s a -l all-tags -d 'Pull every tag of the repository'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -l all-platforms -d 'Pull the images for all platforms'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from pull" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -s i -l input -d 'The archive; without one, standard input' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from save" -s o -l output -d 'The archive to write; without one, standard output' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from save" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from save" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from save" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from save" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from save" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l platform -d 'For which platform it is; this machine\'s if nothing is said: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -s c -l change -d 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -s m -l message -d 'A word about it, for the history of the image' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l created -d 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l owner -d 'Whose the files of a directory are in the image; `0:0` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l compression -d 'How to compress the layers that are not compressed yet; `gzip` if nothing is said' -r -f -a "gzip\t''
zstd\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l compression-level -d 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l format -d 'Print an object in place of the digest' -r -f -a "json\t'A JSON object for each result'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -l keep-owner -d 'Let the files of a directory have the owners that they have here'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -s f -l format -d 'How to print: `json`, or a template: `{{.Architecture}}`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l platform -d 'With `--remote`, of an image for several platforms this one: `linux/amd64`, `linux/arm/v7`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l plain-http -d 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l insecure -d 'Do not verify the registry\'s certificate; speak HTTP when it does not speak TLS' -r -f -a "true\t''
false\t''"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l ca-file -d 'Trust the certificates of this PEM file too' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l client-cert -d 'Show the registry the certificate of this PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l client-key -d 'The key of that certificate, when it is in another PEM file' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l proxy -d 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l creds -d 'Use this account and no other. Others see it in the list of processes' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l retry -d 'How often to try a piece again before giving up; 10 if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l stall-timeout -d 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l limit-rate -d 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l deadline -d 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`' -r
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -l remote -d 'On the registry; nothing is stored, and no layer is fetched'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from prune" -l store -d 'Where the images lie; by default `rpush/store` in the platform\'s directory for data' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from prune" -l config -d 'The configuration file; by default `rpush/config.toml` in the platform\'s directory for configuration' -r -F
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from prune" -l progress -d 'How to show progress; `auto` if nothing is said' -r -f -a "auto\t'Bars on a terminal, lines elsewhere'
tty\t'Bars'
plain\t'A line for each change'
json\t'A JSON object for each event, on standard error'
none\t'Nothing'"
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Print only results: no progress, no notes'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Say more; `-vv` shows requests and answers, without secrets'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List the images in the store'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove images from the store; with `--remote`, from a registry'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "tag" -d 'Give an image of the store more names; with `--remote`, one on a registry'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "push" -d 'Push images to a registry'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "pull" -d 'Pull images from a registry into the store'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "load" -d 'Load images from an archive into the store'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "save" -d 'Save images of the store to an archive'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make an image in the store of a root file system: a directory, or a tar of one'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show everything about images in the store, or on a registry, as JSON'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Free the space of everything in the store that no image needs'
complete -c rpush -n "__fish_rpush_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "login" -d 'Log in to a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "logout" -d 'Log out of a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "whoami" -d 'Tell which account is used for a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "tag" -d 'Give an image of the store more names; with `--remote`, one on a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "push" -d 'Push images to a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "pull" -d 'Pull images from a registry into the store'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "copy" -d 'Copy an image from anywhere to anywhere'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "images" -d 'List the images in the store'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "rmi" -d 'Remove images from the store; with `--remote`, from a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "load" -d 'Load images from an archive into the store'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "save" -d 'Save images of the store to an archive'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "import" -d 'Make an image in the store of a root file system: a directory, or a tar of one'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "append" -d 'Make an image of another one and more layers, or with another way to run it'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "index" -d 'Make an index of images for several platforms, or show what one lists'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "attach" -d 'Attach files to an image on a registry: an SBOM, a report, a signature'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "referrers" -d 'List what refers to an image on a registry: signatures, SBOMs, reports'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "inspect" -d 'Show everything about images in the store, or on a registry, as JSON'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "ls" -d 'List the repositories of a registry, or the tags of a repository'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "search" -d 'Search Docker Hub for repositories, or a registry for names'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "prune" -d 'Free the space of everything in the store that no image needs'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "fsck" -d 'Verify everything in the store'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "serve" -d 'Run a registry on this machine'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "demo" -d 'Show it all on this machine: a registry, an image, there and back'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "doctor" -d 'Find out why a push fails'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "credential-helper" -d 'Speak the protocol of Docker\'s credential helpers'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "image" -d 'The same commands under Docker\'s long names'
complete -c rpush -n "__fish_rpush_using_subcommand help; and not __fish_seen_subcommand_from login logout whoami tag push pull copy images rmi load save import append index attach referrers inspect ls search prune fsck serve demo doctor completions credential-helper image help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from index" -f -a "create" -d 'Make an index in the store of images for one platform each'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from index" -f -a "ls" -d 'Show what an index lists'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "ls" -d 'List the images in the store'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "rm" -d 'Remove images from the store; with `--remote`, from a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "tag" -d 'Give an image of the store more names; with `--remote`, one on a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "push" -d 'Push images to a registry'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "pull" -d 'Pull images from a registry into the store'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "load" -d 'Load images from an archive into the store'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "save" -d 'Save images of the store to an archive'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "import" -d 'Make an image in the store of a root file system: a directory, or a tar of one'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "inspect" -d 'Show everything about images in the store, or on a registry, as JSON'
complete -c rpush -n "__fish_rpush_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "prune" -d 'Free the space of everything in the store that no image needs'
