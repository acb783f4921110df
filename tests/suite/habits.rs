//! What hands that know Docker type: the eight commands under `alias docker=rpush`, Docker's options, commands that rpush does not
//! have, `docker rpush`, and names with a slip in them.

use std::fs;
use std::process::Command;

use crate::support::{Image, Layout, Ran, Registry, Sandbox, shows};

/// A sandbox with an archive as `docker save` writes it, and a registry.
fn stage() -> (Sandbox, Registry) {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("app"));
    layout.name(&root, "docker.io/library/my-fancy-app:1.0.0");
    sandbox.file("my-fancy-app.tar", layout.archive().bytes());
    (sandbox, Registry::open())
}

/// The tutorials' commands, in Docker's old spellings and with its options. All of them go through.
#[test]
fn the_commands_of_the_tutorials_work_under_an_alias() {
    let (sandbox, registry) = stage();
    let host = &registry.host();
    fs::create_dir(sandbox.path("directory")).expect("made");
    for words in [
        "load -q -i my-fancy-app.tar",
        "load --quiet --input my-fancy-app.tar",
        "images -a -q --no-trunc",
        "image ls --all --filter dangling=false --format {{.ID}}",
        "image list --digests",
        "tag my-fancy-app:1.0.0 HOST/my-fancy-app:1.0.0",
        "image tag my-fancy-app:1.0.0 HOST/my-fancy-app:1.0.1",
        "--config directory push HOST/my-fancy-app:1.0.0",
        "push --disable-content-trust HOST/my-fancy-app:1.0.0",
        "push --disable-content-trust=false -q HOST/my-fancy-app:1.0.0",
        "image push --all-tags --quiet HOST/my-fancy-app",
        "-D -l info push -a HOST/my-fancy-app",
        "inspect --type image -s -f {{.Os}} my-fancy-app:1.0.0",
        "image inspect --size my-fancy-app:1.0.0",
        "save --output saved.tar my-fancy-app:1.0.0",
        "rmi --no-prune HOST/my-fancy-app:1.0.0",
        "image rm --force HOST/my-fancy-app:1.0.1",
        "image remove -f HOST/my-fancy-app:1.0.1",
        "pull --disable-content-trust=true -q HOST/my-fancy-app:1.0.0",
        "image pull --all-tags --quiet HOST/my-fancy-app",
        "image prune -f",
        "-H unix:///nowhere.sock --context default images",
        "-v",
        "image help push",
    ] {
        sandbox.ok(&words.replace("HOST", host));
    }
    let login = ["login", "-u", "dev", "--password-stdin", host.as_str()];
    let ran = sandbox.run_with(&login, "secret\n", &[("RPUSH_STORE_IN", "file")]);
    assert_eq!(ran.code, 0, "{ran}");
    sandbox.ok(&format!("logout {host}"));
}

#[test]
fn commands_of_docker_are_answered_with_what_to_type_instead() {
    let sandbox = Sandbox::new();
    shows!(sandbox.rpush("build -t my-fancy-app ."), @"
    $ rpush build -t my-fancy-app .
    ! error: rpush has no command `build`
    !
    ! hint: build it with `docker build`, `podman build` or `buildah bud`, then `rpush push HOST/NAME:TAG` takes it from there; more layers on a base need no builder: `rpush append`
    exit code 2
    ");
    shows!(sandbox.rpush("-q manifest create x"), @"
    $ rpush -q manifest create x
    ! error: rpush has no command `manifest`
    !
    ! hint: an image for several platforms: `rpush index create NAME:TAG IMAGE...`; what a registry has: `rpush inspect --remote NAME:TAG`, `rpush index ls --remote NAME:TAG`
    exit code 2
    ");
    shows!(sandbox.rpush("image prune -a"), @"
    $ rpush image prune -a
    ! error: `rpush prune` has no `-a`
    !
    ! hint: every image is in use as long as it has a name; all of them go with `rpush rmi -f $(rpush images -q)`
    exit code 2
    ");
    shows!(sandbox.rpush("--tlscacert ca.pem push x"), @"
    $ rpush --tlscacert ca.pem push x
    ! error: rpush has no `--tlscacert` before a command
    !
    ! hint: a daemon's certificates are ca.pem, cert.pem and key.pem of one directory: `DOCKER_CERT_PATH=DIR`; a registry's: `--ca-file FILE`
    exit code 2
    ");
    for words in [
        "run --rm -it x",
        "ps",
        "exec x sh",
        "rename a b",
        "buildx build .",
        "image history x",
        "save --platform a/b x",
    ] {
        let ran = sandbox.rpush(words);
        assert!(ran.code == 2 && ran.err.contains("\nhint: "), "{ran}");
    }
    let misspelt = sandbox.rpush("psuh x");
    assert!(misspelt.code == 2 && misspelt.err.contains("tip: a similar subcommand exists: 'push'"), "{misspelt}");
}

#[test]
fn help_knows_topics_and_commands() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.ok("help image push").out, sandbox.ok("image push --help").out);
    assert_eq!(sandbox.ok("help").out, sandbox.ok("--help").out);
    assert!(sandbox.ok("help environment").out.contains("RPUSH_SERVE_ADDR"));
    // Who asks how to write the configuration file may have one that is wrong.
    let broken = sandbox.file("broken.toml", "rubbish");
    sandbox.ok(&format!("--config {broken} help references"));
    shows!(sandbox.rpush("help refrences"), @"
    $ rpush help refrences
    ! error: there is neither a command nor a topic `refrences`
    !
    ! hint: did you mean `rpush help references`?
    exit code 2
    ");
}

/// Names of images, with a slip in them.
#[test]
fn names_that_are_not_there_are_answered_with_those_that_are() {
    let (sandbox, registry) = stage();
    let host = &registry.host();
    sandbox.ok("load -i my-fancy-app.tar");
    sandbox.ok(&format!("tag my-fancy-app:1.0.0 {host}/my-fancy-app:1.0.0"));
    sandbox.ok(&format!("push {host}/my-fancy-app:1.0.0"));
    let ran = |words: &str| sandbox.rpush(&words.replace("HOST", host));
    let hint = |ran: &Ran| {
        ran.err.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap_or_default().replace(host, "HOST")
    };
    for (words, code, meant) in [
        ("push -q HOST/my-fncy-app:1.0.0", 3, "did you mean `rpush push -q HOST/my-fancy-app:1.0.0`?"),
        ("push HOST/my-fancy-app", 3, "did you mean `rpush push HOST/my-fancy-app:1.0.0`?"),
        ("push -a HOST/my-fany-app", 3, "did you mean `rpush push -a HOST/my-fancy-app`?"),
        ("push --creds a:s3cr3t HOST/my-fncy-app:1.0.0", 3, "did you mean `HOST/my-fancy-app:1.0.0`?"),
        (
            "tag my-fancy-app:1.0 x",
            3,
            "did you mean `rpush tag my-fancy-app:1.0.0 x`? There is also `HOST/my-fancy-app:1.0.0`",
        ),
        ("pull HOST/my-fancy-app:1.0", 3, "did you mean `rpush pull HOST/my-fancy-app:1.0.0`?"),
        ("inspect --remote HOST/my-fancy-app", 3, "did you mean `rpush inspect --remote HOST/my-fancy-app:1.0.0`?"),
    ] {
        let ran = ran(words);
        let said = hint(&ran);
        let said =
            if words.starts_with("tag") { said.replace(" There is also `HOST/my-fancy-app:1.0.0`", "") } else { said };
        let meant = meant.replace(" There is also `HOST/my-fancy-app:1.0.0`", "");
        assert_eq!((ran.code, said.as_str()), (code, meant.as_str()), "{ran}");
        assert!(!ran.err.contains("s3cr3t"), "{ran}");
    }
    for words in ["rmi", "save -o x.tar", "inspect"] {
        let ran = ran(&format!("{words} my-fancy-ap:1.0.0"));
        let meant = format!("did you mean `rpush {words} my-fancy-app:1.0.0`?");
        assert!(ran.code == 3 && hint(&ran).starts_with(&meant), "{ran}");
    }
}

/// One question more for a tag that is not there, and none for one that is.
#[test]
fn tags_are_asked_for_only_when_one_is_missing() {
    let (sandbox, registry) = stage();
    let host = &registry.host();
    sandbox.ok("load -i my-fancy-app.tar");
    sandbox.ok(&format!("tag my-fancy-app:1.0.0 {host}/my-fancy-app:1.0.0"));
    sandbox.ok(&format!("push {host}/my-fancy-app:1.0.0"));
    let lists = |words: String| {
        registry.journal(&[]);
        sandbox.rpush(&words);
        registry.journal(&[]).iter().filter(|line| line.contains("/tags/list")).count()
    };
    assert_eq!(lists(format!("pull {host}/my-fancy-app:1.0.0")), 0);
    assert_eq!(lists(format!("pull {host}/my-fancy-app:nope")), 1);
}

#[test]
fn a_plugin_of_docker_is_installed_used_and_removed() {
    let (sandbox, _) = stage();
    let plugin = sandbox.path("docker/cli-plugins/docker-rpush");
    shows!(sandbox.rpush("plugin install"), @"
    $ rpush plugin install
    [SANDBOX]/docker/cli-plugins/docker-rpush
    ! `docker rpush push` is `rpush push` now; `rpush plugin uninstall` takes it away again
    ");
    sandbox.ok("plugin install");
    let run = |words: &[&str]| {
        let mut command = Command::new(&plugin);
        sandbox.confine(&mut command);
        let output = command.args(words).output().expect("the plugin runs");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let metadata: serde_json::Value = serde_json::from_str(&run(&["docker-cli-plugin-metadata"])).expect("JSON");
    assert_eq!(metadata["SchemaVersion"], "0.1.0");
    assert_eq!(metadata["Version"], env!("CARGO_PKG_VERSION"));
    assert!(metadata["Vendor"].is_string() && metadata["ShortDescription"].is_string());
    run(&["rpush", "load", "-q", "-i", "my-fancy-app.tar"]);
    assert!(run(&["rpush", "images"]).contains("my-fancy-app"));
    assert!(run(&["--context", "x", "rpush", "images", "-q"]).len() > 12);
    sandbox.ok("plugin uninstall");
    assert!(!plugin.exists());
    assert_eq!(sandbox.rpush("plugin uninstall").code, 3);
    // What somebody else has put there stays.
    fs::write(&plugin, "#!/bin/sh\n").expect("written");
    for words in ["plugin install", "plugin uninstall"] {
        let ran = sandbox.rpush(words);
        assert!(ran.code == 1 && ran.err.contains("is not this program") && plugin.exists(), "{ran}");
    }
    sandbox.ok("plugin install --dir elsewhere");
    sandbox.ok("plugin uninstall --dir elsewhere");
}

#[test]
fn docker_finds_the_plugin() {
    let (sandbox, _) = stage();
    sandbox.ok("plugin install");
    let mut command = Command::new("docker");
    sandbox.confine(&mut command);
    let Ok(output) = command.args(["rpush", "--version"]).output() else {
        return println!("skipped: there is no docker");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        text.trim(),
        concat!("rpush ", env!("CARGO_PKG_VERSION")),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Each variable that stands for an option counts, those of the options everywhere and of commands alike.
#[test]
fn variables_stand_for_options() {
    let (sandbox, _) = stage();
    let with = |words: &[&str], name: &str, value: &str| sandbox.run_with(words, "", &[(name, value)]);
    assert!(with(&["load", "-i", "my-fancy-app.tar"], "RPUSH_QUIET", "1").err.is_empty());
    assert!(with(&["images"], "RPUSH_VERBOSE", "2").err.contains("of memory"));
    let ran = with(&["serve"], "RPUSH_SERVE_ADDR", "nowhere");
    assert!(ran.code == 2 && ran.err.contains("--addr"), "{ran}");
    let ran = with(&["serve"], "RPUSH_SERVE_HTPASSWD", "not-there");
    assert!(ran.code != 0 && ran.err.contains("not-there"), "{ran}");
}
