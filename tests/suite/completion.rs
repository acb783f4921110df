//! What the shells complete when somebody presses the key: real shells, at a terminal where they want one, with the scripts that
//! `rpush completions` prints, over a store with images in it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Image, Layout, Sandbox, lacks};

/// A sandbox with two images, in which `rpush` is the one under test.
fn stage() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("app"));
    layout.name(&root, "localhost:5000/my-fancy-app:1.0.0");
    layout.name(&root, "docker.io/library/web:2");
    sandbox.file("all.tar", layout.archive().bytes());
    sandbox.ok("load -q -i all.tar");
    sandbox.file("docker/config.json", r#"{"auths":{"registry.example:5000":{},"https://index.docker.io/v1/":{}}}"#);
    sandbox.file("rpush.toml", "[host.\"10.0.0.7:5000\"]\nplain-http = true\n");
    std::fs::create_dir(sandbox.path("bin")).expect("made");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rpush"), sandbox.path("bin/rpush")).expect("linked");
    for shell in ["bash", "zsh", "fish"] {
        sandbox.file(&format!("_rpush.{shell}"), sandbox.ok(&format!("completions {shell}")).out);
    }
    std::fs::create_dir(sandbox.path("functions")).expect("made");
    std::fs::copy(sandbox.path("_rpush.zsh"), sandbox.path("functions/_rpush")).expect("copied");
    sandbox
}

/// What a shell at a terminal prints when this is typed.
fn typed(sandbox: &Sandbox, shell: &str, keys: &str) -> String {
    let mut command = Command::new("script");
    sandbox.confine(&mut command);
    command.args(["-qec", shell, "/dev/null"]).env("TERM", "xterm").env("RPUSH_CONFIG", sandbox.path("rpush.toml"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script starts");
    child.stdin.take().expect("a pipe").write_all(keys.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the name is completed to is run: standard output is `[NAMES]`.
const SHOW: &str = "rpush --store=store inspect --format={{.RepoTags}}";

#[test]
fn bash_completes_names_out_of_the_store() {
    if lacks(&["bash", "script"]) {
        return;
    }
    let sandbox = stage();
    let bash =
        |keys: &str| typed(&sandbox, "bash --norc --noprofile -i", &format!("source _rpush.bash\n{keys}\nexit\n"));
    // Bash takes a brace for the beginning of a command, which is its own affair.
    let ran = bash("rpush rmi loc\t");
    assert!(ran.contains("Untagged: localhost:5000/my-fancy-app:1.0.0"), "{ran}");
    let ran = bash("rpush tag web:\t localhost:5000/my-fancy-app:1.0.0\nrpush rmi localhost:50\t");
    assert!(ran.contains("Untagged: localhost:5000/my-fancy-app:1.0.0"), "{ran}");
}

#[test]
fn zsh_completes_names_sourced_and_from_its_path() {
    if lacks(&["zsh", "script"]) {
        return;
    }
    let sandbox = stage();
    for setting in [
        "autoload -U compinit; compinit -u -D; source ./_rpush.zsh",
        "fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D",
    ] {
        let ran = typed(&sandbox, "zsh -f -i", &format!("{setting}\n{SHOW} loc\t\n{SHOW} we\t\nexit\n"));
        assert!(ran.contains("[localhost:5000/my-fancy-app:1.0.0 web:2]\r\n"), "{setting}: {ran}");
        let ran = typed(&sandbox, "zsh -f -i", &format!("{setting}\nrpush comple\t zs\t\nexit\n"));
        assert!(ran.contains("#compdef rpush"), "{setting}: {ran}");
    }
}

#[test]
fn fish_completes_names() {
    if lacks(&["fish"]) {
        return;
    }
    let sandbox = stage();
    let mut command = Command::new("fish");
    sandbox.confine(&mut command);
    command.args([
        "--no-config",
        "-c",
        "source _rpush.fish; complete -C 'rpush push loc'; complete -C 'rpush logout reg'",
    ]);
    let output = command.output().expect("fish runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "localhost:5000/my-fancy-app:1.0.0\nregistry.example:5000\n");
}

/// What a shell is answered, without a shell.
#[test]
fn what_is_known_here_is_offered_and_nothing_is_asked() {
    let sandbox = stage();
    let config = sandbox.path("rpush.toml");
    let offered = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let index = (words.len() - 1).to_string();
        let mut typed = vec!["--"];
        typed.extend(words);
        let environment = [
            ("RPUSH_COMPLETE", "bash"),
            ("_CLAP_IFS", "\n"),
            ("_CLAP_COMPLETE_INDEX", &index),
            ("RPUSH_CONFIG", config.to_str().expect("a plain name")),
        ];
        let ran = sandbox.run_with(&typed, "", &environment);
        assert_eq!(ran.code, 0, "{ran}");
        ran.out.lines().filter(|line| !line.starts_with('-')).map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    for (line, expected) in [
        ("rpush push loc", "localhost:5000/my-fancy-app:1.0.0"),
        ("rpush push web:2 loc", "localhost:5000/my-fancy-app:1.0.0"),
        ("rpush image rm w", "web:2"),
        ("rpush --store elsewhere push loc", ""),
        ("rpush push --store=elsewhere loc", ""),
        ("rpush pull re", "registry.example:5000/"),
        ("rpush pull 10", "10.0.0.7:5000/"),
        ("rpush login ", "10.0.0.7:5000 docker.io localhost:5000 registry.example:5000"),
        ("rpush ls localhost:5000/", "localhost:5000/my-fancy-app"),
        ("rpush pu", "push pull"),
        ("rpush push --compression z", "zstd"),
        ("rpush help st", "stores"),
        ("rpush tag web:2 lo", "localhost:5000/ localhost:5000/my-fancy-app:1.0.0"),
    ] {
        assert_eq!(offered(line), expected, "{line}");
    }
    // A store that is not there is not made, and one that is broken is no reason to write over somebody's line.
    assert!(!Path::new(&sandbox.path("elsewhere")).exists());
    std::fs::write(sandbox.path("store/index.json"), "rubbish").expect("written");
    assert_eq!(offered("rpush push loc"), "");
}
