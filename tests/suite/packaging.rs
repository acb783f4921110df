//! What people install from: the archive of a release and its installer, and the image of rpush that rpush makes of itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Registry, Sandbox, lacks};

fn project(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_str().expect("a plain name").to_owned()
}

/// Runs a script in the sandbox: its exit code and what it printed.
fn sh(sandbox: &Sandbox, script: &str, environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    sandbox.confine(&mut command);
    let output = command.envs(environment.iter().copied()).output().expect("sh runs");
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&printed).into_owned())
}

/// A release with a small program in the place of rpush, for every system that the installer knows.
fn release(sandbox: &Sandbox) -> String {
    let program = sandbox.file("small", "#!/bin/sh\necho rpush 9.9.9\n");
    let systems = ["unknown-linux-musl", "apple-darwin"];
    let targets = ["x86_64", "aarch64"].map(|machine| systems.map(|system| format!("{machine}-{system}"))).concat();
    for target in targets {
        let (code, printed) =
            sh(sandbox, &format!("{} {program} {target} release", project("packaging/archive.sh")), &[]);
        assert_eq!(code, 0, "{printed}");
    }
    let sums = "cd release && (sha256sum -- * 2>/dev/null || shasum -a 256 -- *) > ../sums && mv ../sums SHA256SUMS";
    let (code, printed) = sh(sandbox, sums, &[]);
    assert_eq!(code, 0, "{printed}");
    format!("file://{}", sandbox.path("release").display())
}

#[test]
fn the_installer_installs_below_its_prefix() {
    let sandbox = Sandbox::new();
    // `file://` is curl's.
    if lacks(&["curl"]) {
        return;
    }
    let releases = release(&sandbox);
    let install = format!("sh {}", project("install.sh"));
    let prefix = sandbox.path("there").display().to_string();
    let given = [("RPUSH_RELEASES", releases.as_str()), ("PREFIX", prefix.as_str())];
    let (code, printed) = sh(&sandbox, &install, &given);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.starts_with(&format!("rpush 9.9.9 is in {prefix}/bin\n")), "{printed}");
    assert!(printed.contains("put it in your path"), "{printed}");
    for file in [
        "bin/rpush",
        "share/man/man1/rpush-push.1",
        "share/man/man7/rpush-exit-codes.7",
        "share/bash-completion/completions/rpush",
        "share/zsh/site-functions/_rpush",
        "share/fish/vendor_completions.d/rpush.fish",
        "share/doc/rpush/LICENSE",
    ] {
        assert!(sandbox.path("there").join(file).exists(), "{file}");
    }
    assert_eq!(fs::read_dir(sandbox.path("there/bin")).expect("a directory").count(), 1, "nothing else is left");
    // Without a prefix it is in the home of whoever runs it, and again over what is there.
    for _ in 0..2 {
        let (code, printed) = sh(&sandbox, &format!("cat {} | sh", project("install.sh")), &given[..1]);
        assert_eq!(code, 0, "{printed}");
    }
    assert!(sandbox.path("home/.local/bin/rpush").exists());
}

#[test]
fn the_installer_refuses_what_is_damaged_or_unknown() {
    let sandbox = Sandbox::new();
    // `file://` is curl's.
    if lacks(&["curl"]) {
        return;
    }
    let releases = release(&sandbox);
    let install = format!("sh {}", project("install.sh"));
    let given = [("RPUSH_RELEASES", releases.as_str())];
    let (code, printed) = sh(&sandbox, &install, &[]);
    assert!(code == 1 && printed.contains("set RPUSH_RELEASES"), "{printed}");

    let sums = fs::read_to_string(sandbox.path("release/SHA256SUMS")).expect("sums");
    sandbox.file("release/SHA256SUMS", "");
    let (code, printed) = sh(&sandbox, &install, &given);
    assert!(code == 1 && printed.contains("has no checksum of rpush-"), "{printed}");

    sandbox.file("release/SHA256SUMS", sums);
    for entry in fs::read_dir(sandbox.path("release")).expect("a directory").flatten() {
        if entry.file_name() != "SHA256SUMS" {
            let mut bytes = fs::read(entry.path()).expect("an archive");
            *bytes.last_mut().expect("bytes") ^= 1;
            fs::write(entry.path(), bytes).expect("written");
        }
    }
    let (code, printed) = sh(&sandbox, &install, &given);
    assert!(code == 1 && printed.contains("is damaged: its checksum is"), "{printed}");
    assert!(!sandbox.path("home/.local").exists(), "nothing is installed");

    sandbox.program("uname", "#!/bin/sh\necho Plan9\n");
    let (code, printed) = sh(&sandbox, &install, &given);
    assert!(code == 1 && printed.contains("no release is made for Plan9"), "{printed}");
}

#[test]
fn rpush_makes_an_image_of_itself_and_pushes_it() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    // A small program goes in: the built one is hundreds of megabytes of debugging.
    let program = sandbox.file("small", "#!/bin/sh\necho rpush 9.9.9\n");
    let certificates = sandbox.file("certificates.pem", "trust\n");
    let environment = [("RPUSH", env!("CARGO_BIN_EXE_rpush")), ("CERTIFICATES", certificates.as_str())];
    let name = registry.name("tools/rpush:0.1.0");
    let (code, printed) = sh(&sandbox, &format!("{} {name} {program}", project("packaging/image.sh")), &environment);
    assert_eq!(code, 0, "{printed}");
    let pulled = Sandbox::new();
    pulled.ok(&format!("pull {name}"));
    let shown = pulled.ok(&format!("inspect --format {{{{.Config.Entrypoint}}}} {name}"));
    assert!(shown.out.contains("/usr/bin/rpush"), "{shown}");

    // The same again is the same image; and on top of a base it keeps the base's layers.
    let with_base = registry.name("tools/rpush:with-base");
    let script = format!("BASE={name} {} {with_base} {program}", project("packaging/image.sh"));
    let (code, printed) = sh(&sandbox, &script, &environment);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("4 layers"), "{printed}");
}

/// What the Debian package is made of is there, and nothing is generated that it lacks.
#[test]
fn the_debian_package_has_all_there_is() {
    let manifest = fs::read_to_string(project("Cargo.toml")).expect("Cargo.toml");
    let manifest = toml::de::DeTable::parse(&manifest).expect("TOML");
    let deb = ["package", "metadata", "deb", "assets"];
    let first = manifest.get_ref().get(deb[0]).expect("a package").get_ref();
    let assets = deb[1..].iter().fold(first, |table, key| table.get(*key).expect("a table").get_ref());
    let assets = assets.as_array().expect("a list").iter();
    let sources: Vec<_> = assets.filter_map(|asset| asset.get_ref().get(0)?.get_ref().as_str()).collect();
    for needed in ["target/release/rpush", "man/*.1", "man/*.7"] {
        assert!(sources.contains(&needed), "{sources:?}");
    }
    for source in sources.iter().filter(|source| !source.contains(['*']) && !source.starts_with("target/")) {
        assert!(Path::new(&project(source)).exists(), "{source}");
    }
    for shell in ["completions/rpush.bash", "completions/_rpush", "completions/rpush.fish"] {
        assert!(sources.contains(&shell), "{shell}");
    }
}
