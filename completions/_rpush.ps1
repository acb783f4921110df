
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'rpush' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'rpush'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'rpush' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Log in to a registry')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Log out of a registry')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Tell which account is used for a registry')
            [CompletionResult]::new('tag', 'tag', [CompletionResultType]::ParameterValue, 'Give an image of the store more names; with `--remote`, one on a registry')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Push images to a registry')
            [CompletionResult]::new('pull', 'pull', [CompletionResultType]::ParameterValue, 'Pull images from a registry into the store')
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy an image from anywhere to anywhere')
            [CompletionResult]::new('images', 'images', [CompletionResultType]::ParameterValue, 'List the images in the store')
            [CompletionResult]::new('rmi', 'rmi', [CompletionResultType]::ParameterValue, 'Remove images from the store; with `--remote`, from a registry')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Load images from an archive into the store')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Save images of the store to an archive')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make an image in the store of a root file system: a directory, or a tar of one')
            [CompletionResult]::new('append', 'append', [CompletionResultType]::ParameterValue, 'Make an image of another one and more layers, or with another way to run it')
            [CompletionResult]::new('index', 'index', [CompletionResultType]::ParameterValue, 'Make an index of images for several platforms, or show what one lists')
            [CompletionResult]::new('attach', 'attach', [CompletionResultType]::ParameterValue, 'Attach files to an image on a registry: an SBOM, a report, a signature')
            [CompletionResult]::new('referrers', 'referrers', [CompletionResultType]::ParameterValue, 'List what refers to an image on a registry: signatures, SBOMs, reports')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show everything about images in the store, or on a registry, as JSON')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the repositories of a registry, or the tags of a repository')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Search Docker Hub for repositories, or a registry for names')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Free the space of everything in the store that no image needs')
            [CompletionResult]::new('fsck', 'fsck', [CompletionResultType]::ParameterValue, 'Verify everything in the store')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run a registry on this machine')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show it all on this machine: a registry, an image, there and back')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Find out why a push fails')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('credential-helper', 'credential-helper', [CompletionResultType]::ParameterValue, 'Speak the protocol of Docker''s credential helpers')
            [CompletionResult]::new('image', 'image', [CompletionResultType]::ParameterValue, 'The same commands under Docker''s long names')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'rpush;login' {
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'The name of the account; asked for when it is not given')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'The name of the account; asked for when it is not given')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'The password, or a token; `-` reads it from standard input. Others see it in the list of processes')
            [CompletionResult]::new('--password', '--password', [CompletionResultType]::ParameterName, 'The password, or a token; `-` reads it from standard input. Others see it in the list of processes')
            [CompletionResult]::new('--store-in', '--store-in', [CompletionResultType]::ParameterName, 'Where to keep the account: `keyring`, `file` (config.json, unencrypted), or a credential helper like `pass`; or else where the configuration file says')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read the password from standard input, up to its end; needs `--username`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;logout' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;whoami' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;tag' {
            [CompletionResult]::new('--from-tag', '--from-tag', [CompletionResultType]::ParameterName, 'Not one image, but all tags of the repository that match this pattern: `v1.*`')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'On the registry and not in the store: no layer moves')
            [CompletionResult]::new('--no-clobber', '--no-clobber', [CompletionResultType]::ParameterName, 'Leave names as they are that stand for something else, and say which. A tag that the configuration calls immutable is left in any case, which is a failure without this option')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be done, and change nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;push' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`, a path, or `-` for an archive on standard input')
            [CompletionResult]::new('--max-concurrent-uploads', '--max-concurrent-uploads', [CompletionResultType]::ParameterName, 'How many layers are uploaded at the same time; 5 if nothing is said')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--digest-file', '--digest-file', [CompletionResultType]::ParameterName, 'Write the digests of what was pushed to this file, a line an image')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object a tag in place of the line with the digest')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Trust nothing: hash again what is sent, also where the store knows that it is unchanged, and ask the registry for every piece afterwards. `--verify=deep` reads every piece back and hashes it')
            [CompletionResult]::new('--ci-summary', '--ci-summary', [CompletionResultType]::ParameterName, 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Push every tag that the store has of the repository')
            [CompletionResult]::new('--all-tags', '--all-tags', [CompletionResultType]::ParameterName, 'Push every tag that the store has of the repository')
            [CompletionResult]::new('--allow-missing', '--allow-missing', [CompletionResultType]::ParameterName, 'Push an index although images that it lists are neither here nor where it came from')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be sent, mounted and named, and whether this account may push; and change nothing. The registry is asked, and an upload is begun and given up at once. An archive, or an image of the daemon, is brought into the store for it, where it has no name: the digests of layers that are not compressed yet are known only when they are')
            [CompletionResult]::new('--no-clobber', '--no-clobber', [CompletionResultType]::ParameterName, 'Leave tags as they are that name something else, push all others, and fail. The registry is asked right before a tag is put: that is a check and no lock, and who pushes the same tag at the same moment may still come between')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;pull' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Give the images to this as well, once they are in the store: `docker-daemon:`, or `docker-daemon:NAME[:TAG]` for one image under another name')
            [CompletionResult]::new('--max-concurrent-downloads', '--max-concurrent-downloads', [CompletionResultType]::ParameterName, 'How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object an image in place of lines')
            [CompletionResult]::new('--ci-summary', '--ci-summary', [CompletionResultType]::ParameterName, 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Pull every tag of the repository')
            [CompletionResult]::new('--all-tags', '--all-tags', [CompletionResultType]::ParameterName, 'Pull every tag of the repository')
            [CompletionResult]::new('--all-platforms', '--all-platforms', [CompletionResultType]::ParameterName, 'Pull the images for all platforms')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;copy' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--max-concurrent-uploads', '--max-concurrent-uploads', [CompletionResultType]::ParameterName, 'How many layers are sent at the same time; 5 if nothing is said')
            [CompletionResult]::new('--max-concurrent-downloads', '--max-concurrent-downloads', [CompletionResultType]::ParameterName, 'How many layers, and parts of large ones, are fetched at the same time into a layout or the store; 8 if nothing is said')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Trust nothing: hash again what is sent, and ask the registry for every piece afterwards. `--verify=deep` reads every piece back and hashes it. Only registries are asked; what is written on this machine is hashed in any case')
            [CompletionResult]::new('--digest-file', '--digest-file', [CompletionResultType]::ParameterName, 'Write the digest of what was copied to this file, a line a destination')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object a destination in place of the line with the digest')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--ci-summary', '--ci-summary', [CompletionResultType]::ParameterName, 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else')
            [CompletionResult]::new('--src-creds', '--src-creds', [CompletionResultType]::ParameterName, 'Use this account for the source. Others see it in the list of processes')
            [CompletionResult]::new('--src-plain-http', '--src-plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS to the source')
            [CompletionResult]::new('--src-insecure', '--src-insecure', [CompletionResultType]::ParameterName, 'Do not verify the source''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--src-ca-file', '--src-ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file for the source too')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--all-platforms', '--all-platforms', [CompletionResultType]::ParameterName, 'Copy the images for all platforms, which is what happens if nothing is said')
            [CompletionResult]::new('--include-referrers', '--include-referrers', [CompletionResultType]::ParameterName, 'Copy signatures, SBOMs and attestations of the image with it: what has it as its subject, and what cosign keeps under tags')
            [CompletionResult]::new('--allow-missing', '--allow-missing', [CompletionResultType]::ParameterName, 'Copy an index although images that it lists are neither here nor where it came from')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be sent, mounted, written and named, and whether this account may write to each registry; and change nothing. The source is read as far as its manifests; an archive is brought into the store for it, where it has no name. With `--format json`, the objects are those of `push --dry-run`; of a place that is no registry, without `tag`, `mayWrite` and `account`, and the outcome of a piece is `exists` or `write`')
            [CompletionResult]::new('--no-clobber', '--no-clobber', [CompletionResultType]::ParameterName, 'Leave tags of registries as they are that name something else, go on with all others, and fail. The registry is asked right before a tag is put: that is a check and no lock, and who pushes the same tag at the same moment may still come between')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;images' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print: `table`, `table TEMPLATE`, `json`, `raw`, or a template: `{{.Repository}}:{{.Tag}}`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'All images: for scripts; the store hides none, so this changes nothing')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All images: for scripts; the store hides none, so this changes nothing')
            [CompletionResult]::new('--digests', '--digests', [CompletionResultType]::ParameterName, 'Show a column with digests')
            [CompletionResult]::new('--no-trunc', '--no-trunc', [CompletionResultType]::ParameterName, 'Show ids whole')
            [CompletionResult]::new('--tree', '--tree', [CompletionResultType]::ParameterName, 'Show the platforms of each image, and whether they are here')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;rmi' {
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Remove an id or a digest with all its names, and do not fail for an image that is not there; with `--remote`, also tags that the configuration calls immutable')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Remove an id or a digest with all its names, and do not fail for an image that is not there; with `--remote`, also tags that the configuration calls immutable')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'On the registry and not in the store')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;load' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The archive; without one, standard input')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'The archive; without one, standard input')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;save' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The archive to write; without one, standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The archive to write; without one, standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;import' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'For which platform it is; this machine''s if nothing is said: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR')
            [CompletionResult]::new('--change', '--change', [CompletionResultType]::ParameterName, 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'A word about it, for the history of the image')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'A word about it, for the history of the image')
            [CompletionResult]::new('--created', '--created', [CompletionResultType]::ParameterName, 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Whose the files of a directory are in the image; `0:0` if nothing is said')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object in place of the digest')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--keep-owner', '--keep-owner', [CompletionResultType]::ParameterName, 'Let the files of a directory have the owners that they have here')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;append' {
            [CompletionResult]::new('--base', '--base', [CompletionResultType]::ParameterName, 'What it is made of; an image of nothing if nothing is said, or with `scratch`')
            [CompletionResult]::new('--layer', '--layer', [CompletionResultType]::ParameterName, 'A layer, the lowest first: a directory for the root of the image, `DIR=/PATH` for a place in it, or a tar, plain or compressed with gzip or zstd')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'A variable of the environment')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'A variable of the environment')
            [CompletionResult]::new('--entrypoint', '--entrypoint', [CompletionResultType]::ParameterName, 'What is run: one program, or a list in JSON. The base''s arguments go')
            [CompletionResult]::new('--cmd', '--cmd', [CompletionResultType]::ParameterName, 'The arguments, or what is run when there is no entrypoint: one word, or a list in JSON')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'A label')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'A label')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'As whom it runs')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'As whom it runs')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'In which directory it runs')
            [CompletionResult]::new('--workdir', '--workdir', [CompletionResultType]::ParameterName, 'In which directory it runs')
            [CompletionResult]::new('--annotation', '--annotation', [CompletionResultType]::ParameterName, 'An annotation of the manifest')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Which image of a base for several platforms; of an image of nothing, for which platform it is. This machine''s if nothing is said')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR')
            [CompletionResult]::new('--change', '--change', [CompletionResultType]::ParameterName, 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'A word about it, for the history of the image')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'A word about it, for the history of the image')
            [CompletionResult]::new('--created', '--created', [CompletionResultType]::ParameterName, 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Whose the files of a directory are in the image; `0:0` if nothing is said')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object in place of the digest')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--keep-owner', '--keep-owner', [CompletionResultType]::ParameterName, 'Let the files of a directory have the owners that they have here')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;index' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make an index in the store of images for one platform each')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'Show what an index lists')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'rpush;index;create' {
            [CompletionResult]::new('--annotation', '--annotation', [CompletionResultType]::ParameterName, 'An annotation of the index')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object in place of the digest')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;index;ls' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object an image in place of the table')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'On the registry; nothing is stored')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;index;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make an index in the store of images for one platform each')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'Show what an index lists')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'rpush;index;help;create' {
            break
        }
        'rpush;index;help;ls' {
            break
        }
        'rpush;index;help;help' {
            break
        }
        'rpush;attach' {
            [CompletionResult]::new('--artifact-type', '--artifact-type', [CompletionResultType]::ParameterName, 'What it is: a media type like `application/spdx+json`')
            [CompletionResult]::new('--annotation', '--annotation', [CompletionResultType]::ParameterName, 'An annotation of the artifact')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Attach to the image for this platform, and not to the index of all: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object in place of the digest')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;referrers' {
            [CompletionResult]::new('--artifact-type', '--artifact-type', [CompletionResultType]::ParameterName, 'Only what is of this type')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Of the image for this platform, and not of the index of all: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object a referrer in place of the table')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;inspect' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to print: `json`, or a template: `{{.Architecture}}`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print: `json`, or a template: `{{.Architecture}}`')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'With `--remote`, of an image for several platforms this one: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'On the registry; nothing is stored, and no layer is fetched')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;ls' {
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only names that match this pattern, or another one that is given; `*` and `?` stand for anything but a slash')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'No names that match this pattern')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print: `json`, or a template: `{{.Name}}`, with `.Repository`, `.Tag` and `.Digest`')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--digests', '--digests', [CompletionResultType]::ParameterName, 'Show what each tag names: its digest, a tab, the tag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;search' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'How many to show')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Only these: `is-official=true|false`, `stars=N` for at least so many')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Only these: `is-official=true|false`, `stars=N` for at least so many')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print: `table`, `table TEMPLATE`, `json`, or a template: `{{.Name}}`')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--no-trunc', '--no-trunc', [CompletionResultType]::ParameterName, 'Show descriptions whole')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;prune' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;fsck' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object in place of the lines')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--repair', '--repair', [CompletionResultType]::ParameterName, 'Set damaged blobs aside, so that the next `pull` or `load` brings them anew, and make what can be made again. Nothing is removed')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;serve' {
            [CompletionResult]::new('--addr', '--addr', [CompletionResultType]::ParameterName, 'Where to listen; port 0 is any free one')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Keep the images here, as OCI layouts; without it they go with the process')
            [CompletionResult]::new('--htpasswd', '--htpasswd', [CompletionResultType]::ParameterName, 'Let in only the accounts of this file, which `htpasswd -B` writes')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Speak HTTPS with this certificate: PEM, its chain after it')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'The private key of the certificate: PEM')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'Let everybody in, also from other machines')
            [CompletionResult]::new('--read-only', '--read-only', [CompletionResultType]::ParameterName, 'Give images and take none')
            [CompletionResult]::new('--allow-sparse', '--allow-sparse', [CompletionResultType]::ParameterName, 'Take manifests of which blobs are missing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;demo' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave the registry running and the store in its place, to go on by hand until Ctrl-C')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;doctor' {
            [CompletionResult]::new('--max-body', '--max-body', [CompletionResultType]::ParameterName, 'The largest body that is tried: `500k`, `128m`, `2g`, in units of 1024')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object in place of the lines')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;completions' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;credential-helper' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the images in the store')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove images from the store; with `--remote`, from a registry')
            [CompletionResult]::new('tag', 'tag', [CompletionResultType]::ParameterValue, 'Give an image of the store more names; with `--remote`, one on a registry')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Push images to a registry')
            [CompletionResult]::new('pull', 'pull', [CompletionResultType]::ParameterValue, 'Pull images from a registry into the store')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Load images from an archive into the store')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Save images of the store to an archive')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make an image in the store of a root file system: a directory, or a tar of one')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show everything about images in the store, or on a registry, as JSON')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Free the space of everything in the store that no image needs')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'rpush;image;ls' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print: `table`, `table TEMPLATE`, `json`, `raw`, or a template: `{{.Repository}}:{{.Tag}}`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'All images: for scripts; the store hides none, so this changes nothing')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All images: for scripts; the store hides none, so this changes nothing')
            [CompletionResult]::new('--digests', '--digests', [CompletionResultType]::ParameterName, 'Show a column with digests')
            [CompletionResult]::new('--no-trunc', '--no-trunc', [CompletionResultType]::ParameterName, 'Show ids whole')
            [CompletionResult]::new('--tree', '--tree', [CompletionResultType]::ParameterName, 'Show the platforms of each image, and whether they are here')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;rm' {
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Remove an id or a digest with all its names, and do not fail for an image that is not there; with `--remote`, also tags that the configuration calls immutable')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Remove an id or a digest with all its names, and do not fail for an image that is not there; with `--remote`, also tags that the configuration calls immutable')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'On the registry and not in the store')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;tag' {
            [CompletionResult]::new('--from-tag', '--from-tag', [CompletionResultType]::ParameterName, 'Not one image, but all tags of the repository that match this pattern: `v1.*`')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'On the registry and not in the store: no layer moves')
            [CompletionResult]::new('--no-clobber', '--no-clobber', [CompletionResultType]::ParameterName, 'Leave names as they are that stand for something else, and say which. A tag that the configuration calls immutable is left in any case, which is a failure without this option')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be done, and change nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;push' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`, a path, or `-` for an archive on standard input')
            [CompletionResult]::new('--max-concurrent-uploads', '--max-concurrent-uploads', [CompletionResultType]::ParameterName, 'How many layers are uploaded at the same time; 5 if nothing is said')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--digest-file', '--digest-file', [CompletionResultType]::ParameterName, 'Write the digests of what was pushed to this file, a line an image')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object a tag in place of the line with the digest')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Trust nothing: hash again what is sent, also where the store knows that it is unchanged, and ask the registry for every piece afterwards. `--verify=deep` reads every piece back and hashes it')
            [CompletionResult]::new('--ci-summary', '--ci-summary', [CompletionResultType]::ParameterName, 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Push every tag that the store has of the repository')
            [CompletionResult]::new('--all-tags', '--all-tags', [CompletionResultType]::ParameterName, 'Push every tag that the store has of the repository')
            [CompletionResult]::new('--allow-missing', '--allow-missing', [CompletionResultType]::ParameterName, 'Push an index although images that it lists are neither here nor where it came from')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be sent, mounted and named, and whether this account may push; and change nothing. The registry is asked, and an upload is begun and given up at once. An archive, or an image of the daemon, is brought into the store for it, where it has no name: the digests of layers that are not compressed yet are known only when they are')
            [CompletionResult]::new('--no-clobber', '--no-clobber', [CompletionResultType]::ParameterName, 'Leave tags as they are that name something else, push all others, and fail. The registry is asked right before a tag is put: that is a check and no lock, and who pushes the same tag at the same moment may still come between')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;pull' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Give the images to this as well, once they are in the store: `docker-daemon:`, or `docker-daemon:NAME[:TAG]` for one image under another name')
            [CompletionResult]::new('--max-concurrent-downloads', '--max-concurrent-downloads', [CompletionResultType]::ParameterName, 'How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object an image in place of lines')
            [CompletionResult]::new('--ci-summary', '--ci-summary', [CompletionResultType]::ParameterName, 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Pull every tag of the repository')
            [CompletionResult]::new('--all-tags', '--all-tags', [CompletionResultType]::ParameterName, 'Pull every tag of the repository')
            [CompletionResult]::new('--all-platforms', '--all-platforms', [CompletionResultType]::ParameterName, 'Pull the images for all platforms')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;load' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The archive; without one, standard input')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'The archive; without one, standard input')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;save' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The archive to write; without one, standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The archive to write; without one, standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;import' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'For which platform it is; this machine''s if nothing is said: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR')
            [CompletionResult]::new('--change', '--change', [CompletionResultType]::ParameterName, 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'A word about it, for the history of the image')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'A word about it, for the history of the image')
            [CompletionResult]::new('--created', '--created', [CompletionResultType]::ParameterName, 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Whose the files of a directory are in the image; `0:0` if nothing is said')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How to compress the layers that are not compressed yet; `gzip` if nothing is said')
            [CompletionResult]::new('--compression-level', '--compression-level', [CompletionResultType]::ParameterName, 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print an object in place of the digest')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--keep-owner', '--keep-owner', [CompletionResultType]::ParameterName, 'Let the files of a directory have the owners that they have here')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;inspect' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to print: `json`, or a template: `{{.Architecture}}`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print: `json`, or a template: `{{.Architecture}}`')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'With `--remote`, of an image for several platforms this one: `linux/amd64`, `linux/arm/v7`')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates of this PEM file too')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Show the registry the certificate of this PEM file')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The key of that certificate, when it is in another PEM file')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account')
            [CompletionResult]::new('--creds', '--creds', [CompletionResultType]::ParameterName, 'Use this account and no other. Others see it in the list of processes')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try a piece again before giving up; 10 if nothing is said')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of 1024 bytes; `0` is no limit')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'On the registry; nothing is stored, and no layer is fetched')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;prune' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the images lie; by default `rpush/store` in the platform''s directory for data')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How to show progress; `auto` if nothing is said')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results: no progress, no notes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; `-vv` shows requests and answers, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rpush;image;help' {
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the images in the store')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove images from the store; with `--remote`, from a registry')
            [CompletionResult]::new('tag', 'tag', [CompletionResultType]::ParameterValue, 'Give an image of the store more names; with `--remote`, one on a registry')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Push images to a registry')
            [CompletionResult]::new('pull', 'pull', [CompletionResultType]::ParameterValue, 'Pull images from a registry into the store')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Load images from an archive into the store')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Save images of the store to an archive')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make an image in the store of a root file system: a directory, or a tar of one')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show everything about images in the store, or on a registry, as JSON')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Free the space of everything in the store that no image needs')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'rpush;image;help;ls' {
            break
        }
        'rpush;image;help;rm' {
            break
        }
        'rpush;image;help;tag' {
            break
        }
        'rpush;image;help;push' {
            break
        }
        'rpush;image;help;pull' {
            break
        }
        'rpush;image;help;load' {
            break
        }
        'rpush;image;help;save' {
            break
        }
        'rpush;image;help;import' {
            break
        }
        'rpush;image;help;inspect' {
            break
        }
        'rpush;image;help;prune' {
            break
        }
        'rpush;image;help;help' {
            break
        }
        'rpush;help' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Log in to a registry')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Log out of a registry')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Tell which account is used for a registry')
            [CompletionResult]::new('tag', 'tag', [CompletionResultType]::ParameterValue, 'Give an image of the store more names; with `--remote`, one on a registry')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Push images to a registry')
            [CompletionResult]::new('pull', 'pull', [CompletionResultType]::ParameterValue, 'Pull images from a registry into the store')
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy an image from anywhere to anywhere')
            [CompletionResult]::new('images', 'images', [CompletionResultType]::ParameterValue, 'List the images in the store')
            [CompletionResult]::new('rmi', 'rmi', [CompletionResultType]::ParameterValue, 'Remove images from the store; with `--remote`, from a registry')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Load images from an archive into the store')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Save images of the store to an archive')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make an image in the store of a root file system: a directory, or a tar of one')
            [CompletionResult]::new('append', 'append', [CompletionResultType]::ParameterValue, 'Make an image of another one and more layers, or with another way to run it')
            [CompletionResult]::new('index', 'index', [CompletionResultType]::ParameterValue, 'Make an index of images for several platforms, or show what one lists')
            [CompletionResult]::new('attach', 'attach', [CompletionResultType]::ParameterValue, 'Attach files to an image on a registry: an SBOM, a report, a signature')
            [CompletionResult]::new('referrers', 'referrers', [CompletionResultType]::ParameterValue, 'List what refers to an image on a registry: signatures, SBOMs, reports')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show everything about images in the store, or on a registry, as JSON')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the repositories of a registry, or the tags of a repository')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Search Docker Hub for repositories, or a registry for names')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Free the space of everything in the store that no image needs')
            [CompletionResult]::new('fsck', 'fsck', [CompletionResultType]::ParameterValue, 'Verify everything in the store')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run a registry on this machine')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show it all on this machine: a registry, an image, there and back')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Find out why a push fails')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('credential-helper', 'credential-helper', [CompletionResultType]::ParameterValue, 'Speak the protocol of Docker''s credential helpers')
            [CompletionResult]::new('image', 'image', [CompletionResultType]::ParameterValue, 'The same commands under Docker''s long names')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'rpush;help;login' {
            break
        }
        'rpush;help;logout' {
            break
        }
        'rpush;help;whoami' {
            break
        }
        'rpush;help;tag' {
            break
        }
        'rpush;help;push' {
            break
        }
        'rpush;help;pull' {
            break
        }
        'rpush;help;copy' {
            break
        }
        'rpush;help;images' {
            break
        }
        'rpush;help;rmi' {
            break
        }
        'rpush;help;load' {
            break
        }
        'rpush;help;save' {
            break
        }
        'rpush;help;import' {
            break
        }
        'rpush;help;append' {
            break
        }
        'rpush;help;index' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make an index in the store of images for one platform each')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'Show what an index lists')
            break
        }
        'rpush;help;index;create' {
            break
        }
        'rpush;help;index;ls' {
            break
        }
        'rpush;help;attach' {
            break
        }
        'rpush;help;referrers' {
            break
        }
        'rpush;help;inspect' {
            break
        }
        'rpush;help;ls' {
            break
        }
        'rpush;help;search' {
            break
        }
        'rpush;help;prune' {
            break
        }
        'rpush;help;fsck' {
            break
        }
        'rpush;help;serve' {
            break
        }
        'rpush;help;demo' {
            break
        }
        'rpush;help;doctor' {
            break
        }
        'rpush;help;completions' {
            break
        }
        'rpush;help;credential-helper' {
            break
        }
        'rpush;help;image' {
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the images in the store')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove images from the store; with `--remote`, from a registry')
            [CompletionResult]::new('tag', 'tag', [CompletionResultType]::ParameterValue, 'Give an image of the store more names; with `--remote`, one on a registry')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Push images to a registry')
            [CompletionResult]::new('pull', 'pull', [CompletionResultType]::ParameterValue, 'Pull images from a registry into the store')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Load images from an archive into the store')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Save images of the store to an archive')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make an image in the store of a root file system: a directory, or a tar of one')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show everything about images in the store, or on a registry, as JSON')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Free the space of everything in the store that no image needs')
            break
        }
        'rpush;help;image;ls' {
            break
        }
        'rpush;help;image;rm' {
            break
        }
        'rpush;help;image;tag' {
            break
        }
        'rpush;help;image;push' {
            break
        }
        'rpush;help;image;pull' {
            break
        }
        'rpush;help;image;load' {
            break
        }
        'rpush;help;image;save' {
            break
        }
        'rpush;help;image;import' {
            break
        }
        'rpush;help;image;inspect' {
            break
        }
        'rpush;help;image;prune' {
            break
        }
        'rpush;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
