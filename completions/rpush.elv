
use builtin;
use str;

set edit:completion:arg-completer[rpush] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'rpush'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'rpush'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Log in to a registry'
            cand logout 'Log out of a registry'
            cand whoami 'Tell which account is used for a registry'
            cand tag 'Give an image of the store more names; with `--remote`, one on a registry'
            cand push 'Push images to a registry'
            cand pull 'Pull images from a registry into the store'
            cand copy 'Copy an image from anywhere to anywhere'
            cand images 'List the images in the store'
            cand rmi 'Remove images from the store; with `--remote`, from a registry'
            cand load 'Load images from an archive into the store'
            cand save 'Save images of the store to an archive'
            cand import 'Make an image in the store of a root file system: a directory, or a tar of one'
            cand append 'Make an image of another one and more layers, or with another way to run it'
            cand index 'Make an index of images for several platforms, or show what one lists'
            cand attach 'Attach files to an image on a registry: an SBOM, a report, a signature'
            cand referrers 'List what refers to an image on a registry: signatures, SBOMs, reports'
            cand inspect 'Show everything about images in the store, or on a registry, as JSON'
            cand ls 'List the repositories of a registry, or the tags of a repository'
            cand search 'Search Docker Hub for repositories, or a registry for names'
            cand prune 'Free the space of everything in the store that no image needs'
            cand fsck 'Verify everything in the store'
            cand serve 'Run a registry on this machine'
            cand demo 'Show it all on this machine: a registry, an image, there and back'
            cand doctor 'Find out why a push fails'
            cand completions 'Print the completion script of a shell'
            cand credential-helper 'Speak the protocol of Docker''s credential helpers'
            cand image 'The same commands under Docker''s long names'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'rpush;login'= {
            cand -u 'The name of the account; asked for when it is not given'
            cand --username 'The name of the account; asked for when it is not given'
            cand -p 'The password, or a token; `-` reads it from standard input. Others see it in the list of processes'
            cand --password 'The password, or a token; `-` reads it from standard input. Others see it in the list of processes'
            cand --store-in 'Where to keep the account: `keyring`, `file` (config.json, unencrypted), or a credential helper like `pass`; or else where the configuration file says'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --password-stdin 'Read the password from standard input, up to its end; needs `--username`'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;logout'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;whoami'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;tag'= {
            cand --from-tag 'Not one image, but all tags of the repository that match this pattern: `v1.*`'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --remote 'On the registry and not in the store: no layer moves'
            cand --no-clobber 'Leave names as they are that stand for something else, and say which'
            cand --dry-run 'Say what would be done, and change nothing'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;push'= {
            cand --from 'Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`, a path, or `-` for an archive on standard input'
            cand --max-concurrent-uploads 'How many layers are uploaded at the same time; 5 if nothing is said'
            cand --platform 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`'
            cand --digest-file 'Write the digests of what was pushed to this file, a line an image'
            cand --format 'Print an object a tag in place of the line with the digest'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --verify 'Hash again what is sent, also where the store knows that nobody has written to it since it was hashed'
            cand --ci-summary 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -a 'Push every tag that the store has of the repository'
            cand --all-tags 'Push every tag that the store has of the repository'
            cand --allow-missing 'Push an index although images that it lists are neither here nor where it came from'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;pull'= {
            cand --platform 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`'
            cand --to 'Give the images to this as well, once they are in the store: `docker-daemon:`, or `docker-daemon:NAME[:TAG]` for one image under another name'
            cand --max-concurrent-downloads 'How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said'
            cand --format 'Print an object an image in place of lines'
            cand --ci-summary 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -a 'Pull every tag of the repository'
            cand --all-tags 'Pull every tag of the repository'
            cand --all-platforms 'Pull the images for all platforms'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;copy'= {
            cand --platform 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`'
            cand --max-concurrent-uploads 'How many layers are sent at the same time; 5 if nothing is said'
            cand --max-concurrent-downloads 'How many layers, and parts of large ones, are fetched at the same time into a layout or the store; 8 if nothing is said'
            cand --digest-file 'Write the digest of what was copied to this file, a line a destination'
            cand --format 'Print an object a destination in place of the line with the digest'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --ci-summary 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else'
            cand --src-creds 'Use this account for the source. Others see it in the list of processes'
            cand --src-plain-http 'Speak HTTP without TLS to the source'
            cand --src-insecure 'Do not verify the source''s certificate; speak HTTP when it does not speak TLS'
            cand --src-ca-file 'Trust the certificates of this PEM file for the source too'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --all-platforms 'Copy the images for all platforms, which is what happens if nothing is said'
            cand --include-referrers 'Copy signatures, SBOMs and attestations of the image with it: what has it as its subject, and what cosign keeps under tags'
            cand --allow-missing 'Copy an index although images that it lists are neither here nor where it came from'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;images'= {
            cand -f 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`'
            cand --filter 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`'
            cand --format 'How to print: `table`, `table TEMPLATE`, `json`, `raw`, or a template: `{{.Repository}}:{{.Tag}}`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -a 'All images: for scripts; the store hides none, so this changes nothing'
            cand --all 'All images: for scripts; the store hides none, so this changes nothing'
            cand --digests 'Show a column with digests'
            cand --no-trunc 'Show ids whole'
            cand --tree 'Show the platforms of each image, and whether they are here'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;rmi'= {
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -f 'Remove an id or a digest with all its names, and do not fail for an image that is not there'
            cand --force 'Remove an id or a digest with all its names, and do not fail for an image that is not there'
            cand --remote 'On the registry and not in the store'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;load'= {
            cand -i 'The archive; without one, standard input'
            cand --input 'The archive; without one, standard input'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;save'= {
            cand -o 'The archive to write; without one, standard output'
            cand --output 'The archive to write; without one, standard output'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;import'= {
            cand --platform 'For which platform it is; this machine''s if nothing is said: `linux/amd64`, `linux/arm/v7`'
            cand -c 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR'
            cand --change 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR'
            cand -m 'A word about it, for the history of the image'
            cand --message 'A word about it, for the history of the image'
            cand --created 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image'
            cand --owner 'Whose the files of a directory are in the image; `0:0` if nothing is said'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --format 'Print an object in place of the digest'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --keep-owner 'Let the files of a directory have the owners that they have here'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;append'= {
            cand --base 'What it is made of; an image of nothing if nothing is said, or with `scratch`'
            cand --layer 'A layer, the lowest first: a directory for the root of the image, `DIR=/PATH` for a place in it, or a tar, plain or compressed with gzip or zstd'
            cand -e 'A variable of the environment'
            cand --env 'A variable of the environment'
            cand --entrypoint 'What is run: one program, or a list in JSON. The base''s arguments go'
            cand --cmd 'The arguments, or what is run when there is no entrypoint: one word, or a list in JSON'
            cand -l 'A label'
            cand --label 'A label'
            cand -u 'As whom it runs'
            cand --user 'As whom it runs'
            cand -w 'In which directory it runs'
            cand --workdir 'In which directory it runs'
            cand --annotation 'An annotation of the manifest'
            cand --platform 'Which image of a base for several platforms; of an image of nothing, for which platform it is. This machine''s if nothing is said'
            cand -c 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR'
            cand --change 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR'
            cand -m 'A word about it, for the history of the image'
            cand --message 'A word about it, for the history of the image'
            cand --created 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image'
            cand --owner 'Whose the files of a directory are in the image; `0:0` if nothing is said'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --format 'Print an object in place of the digest'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --keep-owner 'Let the files of a directory have the owners that they have here'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;index'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Make an index in the store of images for one platform each'
            cand ls 'Show what an index lists'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'rpush;index;create'= {
            cand --annotation 'An annotation of the index'
            cand --format 'Print an object in place of the digest'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;index;ls'= {
            cand --format 'Print an object an image in place of the table'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --remote 'On the registry; nothing is stored'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;index;help'= {
            cand create 'Make an index in the store of images for one platform each'
            cand ls 'Show what an index lists'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'rpush;index;help;create'= {
        }
        &'rpush;index;help;ls'= {
        }
        &'rpush;index;help;help'= {
        }
        &'rpush;attach'= {
            cand --artifact-type 'What it is: a media type like `application/spdx+json`'
            cand --annotation 'An annotation of the artifact'
            cand --platform 'Attach to the image for this platform, and not to the index of all: `linux/amd64`, `linux/arm/v7`'
            cand --format 'Print an object in place of the digest'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;referrers'= {
            cand --artifact-type 'Only what is of this type'
            cand --platform 'Of the image for this platform, and not of the index of all: `linux/amd64`, `linux/arm/v7`'
            cand --format 'Print an object a referrer in place of the table'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;inspect'= {
            cand -f 'How to print: `json`, or a template: `{{.Architecture}}`'
            cand --format 'How to print: `json`, or a template: `{{.Architecture}}`'
            cand --platform 'With `--remote`, of an image for several platforms this one: `linux/amd64`, `linux/arm/v7`'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --remote 'On the registry; nothing is stored, and no layer is fetched'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;ls'= {
            cand --include 'Only names that match this pattern, or another one that is given; `*` and `?` stand for anything but a slash'
            cand --exclude 'No names that match this pattern'
            cand --format 'How to print: `json`, or a template: `{{.Name}}`, with `.Repository`, `.Tag` and `.Digest`'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --digests 'Show what each tag names: its digest, a tab, the tag'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;search'= {
            cand --limit 'How many to show'
            cand -f 'Only these: `is-official=true|false`, `stars=N` for at least so many'
            cand --filter 'Only these: `is-official=true|false`, `stars=N` for at least so many'
            cand --format 'How to print: `table`, `table TEMPLATE`, `json`, or a template: `{{.Name}}`'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --no-trunc 'Show descriptions whole'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;prune'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;fsck'= {
            cand --format 'Print an object in place of the lines'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --repair 'Set damaged blobs aside, so that the next `pull` or `load` brings them anew, and make what can be made again. Nothing is removed'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;serve'= {
            cand --addr 'Where to listen; port 0 is any free one'
            cand --dir 'Keep the images here, as OCI layouts; without it they go with the process'
            cand --htpasswd 'Let in only the accounts of this file, which `htpasswd -B` writes'
            cand --tls-cert 'Speak HTTPS with this certificate: PEM, its chain after it'
            cand --tls-key 'The private key of the certificate: PEM'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --anonymous 'Let everybody in, also from other machines'
            cand --read-only 'Give images and take none'
            cand --allow-sparse 'Take manifests of which blobs are missing'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;demo'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --keep 'Leave the registry running and the store in its place, to go on by hand until Ctrl-C'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;doctor'= {
            cand --max-body 'The largest body that is tried: `500k`, `128m`, `2g`, in units of 1024'
            cand --format 'Print an object in place of the lines'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;completions'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;credential-helper'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand ls 'List the images in the store'
            cand rm 'Remove images from the store; with `--remote`, from a registry'
            cand tag 'Give an image of the store more names; with `--remote`, one on a registry'
            cand push 'Push images to a registry'
            cand pull 'Pull images from a registry into the store'
            cand load 'Load images from an archive into the store'
            cand save 'Save images of the store to an archive'
            cand import 'Make an image in the store of a root file system: a directory, or a tar of one'
            cand inspect 'Show everything about images in the store, or on a registry, as JSON'
            cand prune 'Free the space of everything in the store that no image needs'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'rpush;image;ls'= {
            cand -f 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`'
            cand --filter 'Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`, `before=IMAGE`, `since=IMAGE`, `until=TIME`'
            cand --format 'How to print: `table`, `table TEMPLATE`, `json`, `raw`, or a template: `{{.Repository}}:{{.Tag}}`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -a 'All images: for scripts; the store hides none, so this changes nothing'
            cand --all 'All images: for scripts; the store hides none, so this changes nothing'
            cand --digests 'Show a column with digests'
            cand --no-trunc 'Show ids whole'
            cand --tree 'Show the platforms of each image, and whether they are here'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;rm'= {
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -f 'Remove an id or a digest with all its names, and do not fail for an image that is not there'
            cand --force 'Remove an id or a digest with all its names, and do not fail for an image that is not there'
            cand --remote 'On the registry and not in the store'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;tag'= {
            cand --from-tag 'Not one image, but all tags of the repository that match this pattern: `v1.*`'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --remote 'On the registry and not in the store: no layer moves'
            cand --no-clobber 'Leave names as they are that stand for something else, and say which'
            cand --dry-run 'Say what would be done, and change nothing'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;push'= {
            cand --from 'Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`, a path, or `-` for an archive on standard input'
            cand --max-concurrent-uploads 'How many layers are uploaded at the same time; 5 if nothing is said'
            cand --platform 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`'
            cand --digest-file 'Write the digests of what was pushed to this file, a line an image'
            cand --format 'Print an object a tag in place of the line with the digest'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --verify 'Hash again what is sent, also where the store knows that nobody has written to it since it was hashed'
            cand --ci-summary 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -a 'Push every tag that the store has of the repository'
            cand --all-tags 'Push every tag that the store has of the repository'
            cand --allow-missing 'Push an index although images that it lists are neither here nor where it came from'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;pull'= {
            cand --platform 'Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`'
            cand --to 'Give the images to this as well, once they are in the store: `docker-daemon:`, or `docker-daemon:NAME[:TAG]` for one image under another name'
            cand --max-concurrent-downloads 'How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said'
            cand --format 'Print an object an image in place of lines'
            cand --ci-summary 'Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -a 'Pull every tag of the repository'
            cand --all-tags 'Pull every tag of the repository'
            cand --all-platforms 'Pull the images for all platforms'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;load'= {
            cand -i 'The archive; without one, standard input'
            cand --input 'The archive; without one, standard input'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;save'= {
            cand -o 'The archive to write; without one, standard output'
            cand --output 'The archive to write; without one, standard output'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;import'= {
            cand --platform 'For which platform it is; this machine''s if nothing is said: `linux/amd64`, `linux/arm/v7`'
            cand -c 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR'
            cand --change 'A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR'
            cand -m 'A word about it, for the history of the image'
            cand --message 'A word about it, for the history of the image'
            cand --created 'When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says, else 1970, so that the same content is the same image'
            cand --owner 'Whose the files of a directory are in the image; `0:0` if nothing is said'
            cand --compression 'How to compress the layers that are not compressed yet; `gzip` if nothing is said'
            cand --compression-level 'How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd'
            cand --format 'Print an object in place of the digest'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --keep-owner 'Let the files of a directory have the owners that they have here'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;inspect'= {
            cand -f 'How to print: `json`, or a template: `{{.Architecture}}`'
            cand --format 'How to print: `json`, or a template: `{{.Architecture}}`'
            cand --platform 'With `--remote`, of an image for several platforms this one: `linux/amd64`, `linux/arm/v7`'
            cand --plain-http 'Speak HTTP without TLS; `--plain-http=false` where the configuration file says so'
            cand --insecure 'Do not verify the registry''s certificate; speak HTTP when it does not speak TLS'
            cand --ca-file 'Trust the certificates of this PEM file too'
            cand --client-cert 'Show the registry the certificate of this PEM file'
            cand --client-key 'The key of that certificate, when it is in another PEM file'
            cand --proxy 'Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account'
            cand --creds 'Use this account and no other. Others see it in the list of processes'
            cand --retry 'How often to try a piece again before giving up; 10 if nothing is said'
            cand --stall-timeout 'How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said'
            cand --deadline 'Give up after this long, whatever has been done: `90s`, `10m`, `2h`'
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand --remote 'On the registry; nothing is stored, and no layer is fetched'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;prune'= {
            cand --store 'Where the images lie; by default `rpush/store` in the platform''s directory for data'
            cand --config 'The configuration file; by default `rpush/config.toml` in the platform''s directory for configuration'
            cand --progress 'How to show progress; `auto` if nothing is said'
            cand -q 'Print only results: no progress, no notes'
            cand --quiet 'Print only results: no progress, no notes'
            cand -v 'Say more; `-vv` shows requests and answers, without secrets'
            cand --verbose 'Say more; `-vv` shows requests and answers, without secrets'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rpush;image;help'= {
            cand ls 'List the images in the store'
            cand rm 'Remove images from the store; with `--remote`, from a registry'
            cand tag 'Give an image of the store more names; with `--remote`, one on a registry'
            cand push 'Push images to a registry'
            cand pull 'Pull images from a registry into the store'
            cand load 'Load images from an archive into the store'
            cand save 'Save images of the store to an archive'
            cand import 'Make an image in the store of a root file system: a directory, or a tar of one'
            cand inspect 'Show everything about images in the store, or on a registry, as JSON'
            cand prune 'Free the space of everything in the store that no image needs'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'rpush;image;help;ls'= {
        }
        &'rpush;image;help;rm'= {
        }
        &'rpush;image;help;tag'= {
        }
        &'rpush;image;help;push'= {
        }
        &'rpush;image;help;pull'= {
        }
        &'rpush;image;help;load'= {
        }
        &'rpush;image;help;save'= {
        }
        &'rpush;image;help;import'= {
        }
        &'rpush;image;help;inspect'= {
        }
        &'rpush;image;help;prune'= {
        }
        &'rpush;image;help;help'= {
        }
        &'rpush;help'= {
            cand login 'Log in to a registry'
            cand logout 'Log out of a registry'
            cand whoami 'Tell which account is used for a registry'
            cand tag 'Give an image of the store more names; with `--remote`, one on a registry'
            cand push 'Push images to a registry'
            cand pull 'Pull images from a registry into the store'
            cand copy 'Copy an image from anywhere to anywhere'
            cand images 'List the images in the store'
            cand rmi 'Remove images from the store; with `--remote`, from a registry'
            cand load 'Load images from an archive into the store'
            cand save 'Save images of the store to an archive'
            cand import 'Make an image in the store of a root file system: a directory, or a tar of one'
            cand append 'Make an image of another one and more layers, or with another way to run it'
            cand index 'Make an index of images for several platforms, or show what one lists'
            cand attach 'Attach files to an image on a registry: an SBOM, a report, a signature'
            cand referrers 'List what refers to an image on a registry: signatures, SBOMs, reports'
            cand inspect 'Show everything about images in the store, or on a registry, as JSON'
            cand ls 'List the repositories of a registry, or the tags of a repository'
            cand search 'Search Docker Hub for repositories, or a registry for names'
            cand prune 'Free the space of everything in the store that no image needs'
            cand fsck 'Verify everything in the store'
            cand serve 'Run a registry on this machine'
            cand demo 'Show it all on this machine: a registry, an image, there and back'
            cand doctor 'Find out why a push fails'
            cand completions 'Print the completion script of a shell'
            cand credential-helper 'Speak the protocol of Docker''s credential helpers'
            cand image 'The same commands under Docker''s long names'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'rpush;help;login'= {
        }
        &'rpush;help;logout'= {
        }
        &'rpush;help;whoami'= {
        }
        &'rpush;help;tag'= {
        }
        &'rpush;help;push'= {
        }
        &'rpush;help;pull'= {
        }
        &'rpush;help;copy'= {
        }
        &'rpush;help;images'= {
        }
        &'rpush;help;rmi'= {
        }
        &'rpush;help;load'= {
        }
        &'rpush;help;save'= {
        }
        &'rpush;help;import'= {
        }
        &'rpush;help;append'= {
        }
        &'rpush;help;index'= {
            cand create 'Make an index in the store of images for one platform each'
            cand ls 'Show what an index lists'
        }
        &'rpush;help;index;create'= {
        }
        &'rpush;help;index;ls'= {
        }
        &'rpush;help;attach'= {
        }
        &'rpush;help;referrers'= {
        }
        &'rpush;help;inspect'= {
        }
        &'rpush;help;ls'= {
        }
        &'rpush;help;search'= {
        }
        &'rpush;help;prune'= {
        }
        &'rpush;help;fsck'= {
        }
        &'rpush;help;serve'= {
        }
        &'rpush;help;demo'= {
        }
        &'rpush;help;doctor'= {
        }
        &'rpush;help;completions'= {
        }
        &'rpush;help;credential-helper'= {
        }
        &'rpush;help;image'= {
            cand ls 'List the images in the store'
            cand rm 'Remove images from the store; with `--remote`, from a registry'
            cand tag 'Give an image of the store more names; with `--remote`, one on a registry'
            cand push 'Push images to a registry'
            cand pull 'Pull images from a registry into the store'
            cand load 'Load images from an archive into the store'
            cand save 'Save images of the store to an archive'
            cand import 'Make an image in the store of a root file system: a directory, or a tar of one'
            cand inspect 'Show everything about images in the store, or on a registry, as JSON'
            cand prune 'Free the space of everything in the store that no image needs'
        }
        &'rpush;help;image;ls'= {
        }
        &'rpush;help;image;rm'= {
        }
        &'rpush;help;image;tag'= {
        }
        &'rpush;help;image;push'= {
        }
        &'rpush;help;image;pull'= {
        }
        &'rpush;help;image;load'= {
        }
        &'rpush;help;image;save'= {
        }
        &'rpush;help;image;import'= {
        }
        &'rpush;help;image;inspect'= {
        }
        &'rpush;help;image;prune'= {
        }
        &'rpush;help;help'= {
        }
    ]
    $completions[$command]
}
