//! What rpush says to words that make no sense and to things that are not there: the message, the exit
//! code that scripts go by, and a store that stays as it was.

use std::collections::BTreeMap;

use crate::support::{Image, Layout, Registry, Sandbox, shows};

/// A store with `app:1` and `app:2` (two images), `app:also-1`, and an index of which one platform is there.
fn stage() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    for (text, names) in [("one", &["app:1", "app:also-1"][..]), ("two", &["app:2"])] {
        let root = layout.image(&Image::with(text));
        names.iter().for_each(|name| layout.name(&root, &format!("docker.io/library/{name}")));
    }
    sandbox.file("app.tar", layout.archive().bytes());
    sandbox.ok("load -i app.tar");
    sandbox
}

/// Runs every line, and gives what it showed. Nothing of it may change the store, and each must end with a code of its own.
fn refused(sandbox: &Sandbox, lines: &[(&str, i32)]) -> String {
    let before = sandbox.contents();
    let shown = lines.iter().map(|(line, code)| {
        let ran = sandbox.rpush(line);
        assert_eq!(ran.code, *code, "{ran}");
        assert_eq!(ran.out, "", "a refusal has no result: {ran}");
        assert_same(&before, &sandbox.contents(), line);
        ran.to_string()
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn assert_same<T: PartialEq>(
    before: &BTreeMap<std::path::PathBuf, T>,
    after: &BTreeMap<std::path::PathBuf, T>,
    line: &str,
) {
    let names = |files: &BTreeMap<std::path::PathBuf, T>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(after), "`{line}` changed the store");
    assert!(before == after, "`{line}` changed a file of the store");
}

#[test]
fn tag() {
    let sandbox = stage();
    let long_name = "a".repeat(256);
    let long_tag = "b".repeat(129);
    let lines = [
        ("tag nope:1 app:3".to_owned(), 3),
        ("tag app:1 A:1".to_owned(), 2),
        ("tag app:1 a:bad/tag".to_owned(), 2),
        (format!("tag app:1 {long_name}"), 2),
        (format!("tag app:1 a:{long_tag}"), 2),
        (format!("tag app:1 a@sha256:{}", "0".repeat(64)), 2),
        (format!("tag app:1 {}", "0".repeat(64)), 2),
        ("tag app:1 sha256:1".to_owned(), 2),
        ("tag app:1 https://localhost:5000/app:1".to_owned(), 2),
        ("tag app:1".to_owned(), 2),
        // One name that is wrong, and none of them is given.
        ("tag app:1 good:1 Bad:1".to_owned(), 2),
    ];
    let lines: Vec<(&str, i32)> = lines.iter().map(|(line, code)| (line.as_str(), *code)).collect();
    let shown = refused(&sandbox, &lines).replace(&long_name, "[256 x a]").replace(&long_tag, "[129 x b]");
    shows!(shown, @"
    $ rpush tag nope:1 app:3
    ! error: No such image: nope:1
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3

    $ rpush tag app:1 A:1
    ! error: invalid reference format: repository name (library/A) must be lowercase
    !
    ! hint: write it in lower case: `library/a`
    exit code 2

    $ rpush tag app:1 a:bad/tag
    ! error: invalid reference format
    ! because: `a:bad/tag` is not the name of an image, like `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2

    $ rpush tag app:1 [256 x a]
    ! error: repository name must not be more than 255 characters
    ! because: `[256 x a]` is not the name of an image, like `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2

    $ rpush tag app:1 a:[129 x b]
    ! error: invalid reference format
    ! because: `a:[129 x b]` is not the name of an image, like `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2

    $ rpush tag app:1 a@[DIGEST]
    ! error: refusing to create a tag with a digest reference
    !
    ! hint: name the target with a tag: `a:latest`
    exit code 2

    $ rpush tag app:1 [HEX]
    ! error: invalid repository name ([HEX]), cannot specify 64-byte hexadecimal strings
    ! because: `[HEX]` is not the name of an image, like `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2

    $ rpush tag app:1 sha256:1
    ! error: refusing to create an ambiguous tag using digest algorithm as name
    !
    ! hint: `sha256:` begins a digest: name the target otherwise, as `localhost:PORT/NAME:TAG`
    exit code 2

    $ rpush tag app:1 https://localhost:PORT/app:1
    ! error: invalid reference format: `https://localhost:PORT/app:1` has a scheme, and an image's name has none
    !
    ! hint: leave out the scheme: `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2

    $ rpush tag app:1
    ! error: the following required arguments were not provided:
    !   <TARGET[:TAG]>...
    !
    ! Usage: rpush tag --store <DIR> <SOURCE[:TAG]> <TARGET[:TAG]>...
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush tag app:1 good:1 Bad:1
    ! error: invalid reference format: repository name (library/Bad) must be lowercase
    !
    ! hint: write it in lower case: `library/bad`
    exit code 2
    ");
}

#[test]
fn push() {
    let (sandbox, registry) = (stage(), Registry::open());
    let host = registry.host();
    sandbox.ok(&format!("tag app:1 {host}/app:1"));
    let lines = [
        (format!("push {host}/app:nope"), 3),
        (format!("push {host}/nope"), 3),
        (format!("push -a {host}/nope"), 3),
        (format!("push -a {host}/app:1"), 2),
        (format!("push {host}/app@sha256:{}", "0".repeat(64)), 2),
        (format!("push {host}/My-App"), 2),
        (format!("push {host}/app:"), 2),
        ("push app:1".to_owned(), 2),
        ("push".to_owned(), 2),
        (format!("push --platform nonsense {host}/app:1"), 2),
        (format!("push --max-concurrent-uploads 0 {host}/app:1"), 2),
        (format!("push --creds alice {host}/app:1"), 2),
        ("push localhost:1/app:1".to_owned(), 3),
    ];
    let lines: Vec<(&str, i32)> = lines.iter().map(|(line, code)| (line.as_str(), *code)).collect();
    shows!(refused(&sandbox, &lines), @"
    $ rpush push localhost:PORT/app:nope
    ! error: tag does not exist: localhost:PORT/app:nope
    !
    ! hint: did you mean `rpush push localhost:PORT/app:1`?
    exit code 3

    $ rpush push localhost:PORT/nope
    ! Using default tag: latest
    ! error: tag does not exist: localhost:PORT/nope:latest
    !
    ! hint: `rpush images` lists what there is; `--from FILE` pushes what is not in the store
    exit code 3

    $ rpush push -a localhost:PORT/nope
    ! error: An image does not exist locally with the tag: localhost:PORT/nope
    !
    ! hint: `rpush images` lists what there is; `--from FILE` pushes what is not in the store
    exit code 3

    $ rpush push -a localhost:PORT/app:1
    ! error: tag can't be used with --all-tags/-a
    !
    ! hint: leave out the tag: `rpush push --all-tags localhost:PORT/app`
    exit code 2

    $ rpush push localhost:PORT/app@[DIGEST]
    ! error: cannot push a digest reference
    !
    ! hint: push a tag: `rpush push HOST/NAME:TAG`
    exit code 2

    $ rpush push localhost:PORT/My-App
    ! error: invalid reference format: repository name (My-App) must be lowercase
    !
    ! hint: write it in lower case: `my-app`
    exit code 2

    $ rpush push localhost:PORT/app:
    ! error: invalid reference format
    ! because: `localhost:PORT/app:` is not the name of an image, like `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2

    $ rpush push app:1
    ! error: `app:1` has no registry in its name
    ! because: it means docker.io/library, which nobody may push to
    !
    ! hint: name it after your registry first: `rpush tag app:1 localhost:PORT/app:1`, then `rpush push localhost:PORT/app:1`
    exit code 2

    $ rpush push
    ! error: the following required arguments were not provided:
    !   <NAME[:TAG]>...
    !
    ! Usage: rpush push --store <DIR> <NAME[:TAG]>...
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush push --platform nonsense localhost:PORT/app:1
    ! error: invalid value 'nonsense' for '--platform <OS/ARCH>': `nonsense` is not a platform, which looks like linux/amd64 or linux/arm/v7
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush push --max-concurrent-uploads 0 localhost:PORT/app:1
    ! error: invalid value '0' for '--max-concurrent-uploads <N>': 0 is not in 1..=256
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush push --creds alice localhost:PORT/app:1
    ! error: `--creds` takes a user and a password
    ! because: an account has the form `USER:PASSWORD`
    !
    ! hint: write `--creds USER:PASSWORD`
    exit code 2

    $ rpush push localhost:PORT/app:1
    ! error: tag does not exist: localhost:PORT/app:1
    !
    ! hint: the store has `app:1`: `rpush tag app:1 localhost:PORT/app:1`
    exit code 3
    ");
    assert!(registry.journal(&[]).is_empty(), "nothing was asked of the registry");
    sandbox.ok("tag app:1 localhost:1/app:1");
    shows!(refused(&sandbox, &[("push --retry 0 localhost:1/app:1", 5)]), @"
    $ rpush push --retry 0 localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: connection refused
    !
    ! hint: is the registry running, and is 1 its port? What is in the way: `rpush doctor localhost:PORT`
    exit code 5
    ");
}

#[test]
fn pull() {
    let (sandbox, registry) = (stage(), Registry::open());
    let host = registry.host();
    let lines = [
        ("pull scratch".to_owned(), 2),
        (format!("pull https://{host}/app"), 2),
        (format!("pull -a {host}/app:1"), 2),
        (format!("pull {host}/App"), 2),
        (format!("pull --all-platforms --platform linux/amd64 {host}/app"), 2),
        (format!("pull {host}/app@sha256:short"), 2),
    ];
    let lines: Vec<(&str, i32)> = lines.iter().map(|(line, code)| (line.as_str(), *code)).collect();
    shows!(refused(&sandbox, &lines), @"
    $ rpush pull scratch
    ! error: 'scratch' is a reserved name
    ! because: it stands for nothing at all, and no registry has it
    !
    ! hint: make an image of nothing but your files: `rpush append --base scratch --layer DIR NAME:TAG`
    exit code 2

    $ rpush pull https://localhost:PORT/app
    ! error: invalid reference format: `https://localhost:PORT/app` has a scheme, and an image's name has none
    !
    ! hint: leave out the scheme: `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2

    $ rpush pull -a localhost:PORT/app:1
    ! error: tag can't be used with --all-tags/-a
    !
    ! hint: leave out the tag: `rpush pull --all-tags localhost:PORT/app`
    exit code 2

    $ rpush pull localhost:PORT/App
    ! error: invalid reference format: repository name (App) must be lowercase
    !
    ! hint: write it in lower case: `app`
    exit code 2

    $ rpush pull --all-platforms --platform linux/amd64 localhost:PORT/app
    ! error: the argument '--all-platforms' cannot be used with '--platform <OS/ARCH>'
    !
    ! Usage: rpush pull --all-platforms --store <DIR> <NAME[:TAG|@DIGEST]>...
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush pull localhost:PORT/app@sha256:short
    ! error: invalid digest format: a digest is `sha256:` and 64 hexadecimal digits
    ! because: `localhost:PORT/app@sha256:short` is not the name of an image, like `localhost:PORT/my-fancy-app:1.0.0`
    exit code 2
    ");
    assert!(registry.journal(&[]).is_empty(), "nothing was asked of the registry");
    let digest = format!("pull {host}/app@sha256:{}", "0".repeat(64));
    shows!(refused(&sandbox, &[(&digest, 3)]), @"
    $ rpush pull localhost:PORT/app@[DIGEST]
    ! localhost:PORT/app@[DIGEST]: Pulling from app
    ! error: manifest for localhost:PORT/app@[DIGEST] not found: manifest unknown
    !
    ! hint: is the tag right, and does the registry let this account see it? `rpush login localhost:PORT`
    exit code 3
    ");
}

#[test]
fn images_and_inspect() {
    let sandbox = stage();
    shows!(refused(&sandbox, &[
        ("images --filter foo=1", 2),
        ("images --filter since=zzz", 3),
        ("images --filter dangling=perhaps", 2),
        ("images --format {{.Nope}}", 2),
        ("images --format {{", 2),
        ("images --tree --format json", 2),
        ("images --tree -q", 2),
        ("images [", 2),
    ]), @r#"
    $ rpush images --filter foo=1
    ! error: invalid filter 'foo'
    !
    ! hint: the filters are `dangling`, `label`, `label!`, `before`, `since`, `until` and `reference`
    exit code 2

    $ rpush images --filter since=zzz
    ! error: No such image: zzz:latest
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3

    $ rpush images --filter dangling=perhaps
    ! error: invalid filter 'dangling=perhaps'
    !
    ! hint: `dangling` is written `--filter dangling=true` or `--filter dangling=false`
    exit code 2

    $ rpush images --format {{.Nope}}
    ! error: template parsing error: at <.Nope>: can't evaluate field Nope
    !
    ! hint: the fields there are `.Containers`, `.CreatedAt`, `.CreatedSince`, `.Digest`, `.ID`, `.Platforms`, `.Repository`, `.SharedSize`, `.Size`, `.SizeBytes`, `.Tag`, `.UniqueSize`, `.VirtualSize`
    exit code 2

    $ rpush images --format {{
    ! error: template parsing error: unclosed action at character 1
    exit code 2

    $ rpush images --tree --format json
    ! error: the argument '--tree' cannot be used with '--format <FORMAT>'
    !
    ! Usage: rpush images --tree --store <DIR> [REPOSITORY[:TAG]]
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush images --tree -q
    ! error: `--quiet` is not supported with `--tree`
    !
    ! hint: the ids alone: `rpush images --quiet`; they are in the tree too: `rpush images --tree`
    exit code 2

    $ rpush images [
    ! error: syntax error in pattern `[`
    !
    ! hint: `*` is anything but `/`, `?` one character, `[a-z]` one of several, and `\*` the star itself
    exit code 2
    "#);
    // As with Docker, the list of what was found is printed, even when it is empty.
    shows!(sandbox.rpush("inspect nope"), @"
    $ rpush inspect nope
    []
    ! error: No such image: nope:latest
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3
    ");
    shows!(sandbox.rpush("inspect --format {{.Id}} nope app:1"), @"
    $ rpush inspect --format {{.Id}} nope app:1
    [DIGEST]
    ! error: No such image: nope:latest
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3
    ");
}

#[test]
fn rmi() {
    let sandbox = stage();
    let id = sandbox.stored("app:1").digest.short();
    let prefix = &id[..3];
    let by_id = format!("rmi {id}");
    let too_short = format!("rmi {prefix}");
    shows!(refused(&sandbox, &[("rmi nope:1", 3), ("rmi Bad:1", 2), (&by_id, 1), ("rmi", 2), ("rmi -f nope:1", 0)]), @"
    $ rpush rmi nope:1
    ! error: No such image: nope:1
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3

    $ rpush rmi Bad:1
    ! error: invalid reference format: repository name (library/Bad) must be lowercase
    !
    ! hint: write it in lower case: `library/bad`
    exit code 2

    $ rpush rmi [ID]
    ! error: conflict: unable to delete [ID] (must be forced) - image is referenced in multiple repositories
    !
    ! hint: name one of its names, or remove all of them: `rpush rmi -f [ID]`
    exit code 1

    $ rpush rmi
    ! error: the following required arguments were not provided:
    !   <IMAGE>...
    !
    ! Usage: rpush rmi --store <DIR> <IMAGE>...
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush rmi -f nope:1
    ! warning: No such image: nope:1
    ");
    refused(&sandbox, &[(&too_short, 3)]);

    // The others go all the same, and each failure is told.
    shows!(sandbox.rpush("rmi nope:1 app:2 nope:2"), @"
    $ rpush rmi nope:1 app:2 nope:2
    Untagged: app:2
    Deleted: [DIGEST]
    ! freed 974B
    ! error: No such image: nope:1
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    ! error: No such image: nope:2
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3
    ");
    shows!(sandbox.rpush("rmi app:also-1"), @"
    $ rpush rmi app:also-1
    Untagged: app:also-1
    ");
    sandbox.ok("tag app:1 app:3");
    shows!(sandbox.rpush(&format!("rmi -f {id}")), @"
    $ rpush rmi -f [ID]
    Untagged: app:1
    Untagged: app:3
    Deleted: [DIGEST]
    ! freed 1.07kB
    ");
    assert!(sandbox.names().is_empty());
    assert_eq!(sandbox.verify_blobs(), 0);
}

#[test]
fn save_and_load() {
    let sandbox = stage();
    sandbox.file("garbage.tar", [7; 4096]);
    sandbox.file("taken", "");
    shows!(refused(&sandbox, &[
        ("save -o out.tar nope", 3),
        ("save -o out.tar app:1 nope", 3),
        ("save -o taken/out.tar app:1", 1),
        ("save", 2),
        ("load -i nowhere.tar", 3),
        ("load -i garbage.tar", 1),
        ("load", 1),
    ]), @"
    $ rpush save -o out.tar nope
    ! error: No such image: nope:latest
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3

    $ rpush save -o out.tar app:1 nope
    ! error: No such image: nope:latest
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3

    $ rpush save -o taken/out.tar app:1
    ! error: cannot write taken/out.tar
    ! because: not a directory
    exit code 1

    $ rpush save
    ! error: the following required arguments were not provided:
    !   <IMAGE>...
    !
    ! Usage: rpush save --store <DIR> <IMAGE>...
    !
    ! For more information, try '--help'.
    exit code 2

    $ rpush load -i nowhere.tar
    ! error: cannot read nowhere.tar
    ! because: No such file or directory (os error 2)
    exit code 3

    $ rpush load -i garbage.tar
    ! error: cannot import garbage.tar
    ! because: it is not a tar archive, nor one compressed with gzip or zstd
    exit code 1

    $ rpush load
    ! error: cannot import standard input
    ! because: it is empty
    exit code 1
    ");
    assert!(!sandbox.path("out.tar").exists(), "half an archive was left");
    // An archive of two images, of which the second is damaged, is not loaded by half.
    let mut layout = Layout::default();
    let good = layout.image(&Image::with("good"));
    layout.name(&good, "docker.io/library/good:1");
    let mut missing = good.clone();
    missing["digest"] = format!("sha256:{}", "0".repeat(64)).into();
    layout.name(&missing, "docker.io/library/missing:1");
    sandbox.file("half.tar", layout.archive().bytes());
    let before = sandbox.names();
    let ran = sandbox.rpush("load --progress none -i half.tar");
    assert_ne!(ran.code, 0, "{ran}");
    assert_eq!(sandbox.names(), before);
}

#[test]
fn ids() {
    let sandbox = stage();
    let (one, two) = (sandbox.stored("app:1").digest, sandbox.stored("app:2").digest);
    let config = sandbox.store().manifest(&sandbox.stored("app:1")).expect("a manifest");
    let config = config.children().next().expect("a config").digest;
    for id in [one.to_string(), one.hex().to_owned(), one.short(), format!("sha256:{}", one.short()), config.short()] {
        sandbox.ok(&format!("tag {id} found:1"));
        assert_eq!(sandbox.stored("found:1").digest, one, "{id}");
        sandbox.ok("rmi found:1");
    }
    // A name that looks like an id is a name first.
    let named = &two.hex()[..4];
    sandbox.ok(&format!("tag app:1 {named}"));
    sandbox.ok(&format!("tag {named} found:2"));
    assert_eq!(sandbox.stored("found:2").digest, one);
}

#[test]
fn words_that_nobody_knows() {
    let sandbox = Sandbox::new();
    for words in ["frobnicate", "push --frobnicate x", "images a b", "image", "--store"] {
        let ran = sandbox.rpush(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran}");
    }
    assert_eq!(sandbox.rpush("").code, 2);
    for words in ["--help", "push --help", "help", "--version", "image --help"] {
        assert_eq!(sandbox.ok(words).err, "", "{words}");
    }
    assert!(!sandbox.path("store").exists(), "nobody asked for a store");
}

/// A result that cannot be written down is found out before anything is sent.
#[test]
fn a_digest_file_that_cannot_be_written() {
    let (sandbox, registry) = (stage(), Registry::open());
    let name = registry.name("app:1");
    sandbox.ok(&format!("tag app:1 {name}"));
    shows!(sandbox.rpush(&format!("push --digest-file nowhere/digests.txt {name}")), @"
    $ rpush push --digest-file nowhere/digests.txt localhost:PORT/app:1
    ! error: cannot write nowhere/digests.txt
    ! because: No such file or directory (os error 2)
    exit code 3
    ");
    assert!(registry.journal(&[]).is_empty(), "nothing was sent");
}

/// Where nobody has a home, everything that is named is enough.
#[test]
fn without_a_home() {
    let (sandbox, registry) = (stage(), Registry::open());
    let name = registry.name("app:1");
    sandbox.ok(&format!("tag app:1 {name}"));
    for words in ["images -q app:1", &format!("push -q {name}"), &format!("pull -q {name}")] {
        let ran = sandbox.homeless(words);
        assert!(ran.code == 0 && ran.err.is_empty(), "{ran}");
    }
}
