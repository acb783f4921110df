//! What a pipeline sees: logs that fold, failures that are pinned to the run, names and digests for the next step; and nothing
//! of a registry's that would command it.

use std::fs;

use crate::support::{Image, Ran, Registry, Sandbox, answer, shows};

const ON_GITHUB: (&str, &str) = ("GITHUB_ACTIONS", "true");
const ON_GITLAB: (&str, &str) = ("GITLAB_CI", "true");

fn stage() -> (Sandbox, Registry, String) {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    sandbox.file("app.tar", Image::with("hello").docker_24(&["my-fancy-app:1.0.0"]).bytes());
    let name = registry.name("app:1");
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("tag my-fancy-app:1.0.0 {name}"));
    (sandbox, registry, name)
}

#[track_caller]
fn run(sandbox: &Sandbox, words: &str, environment: &[(&str, &str)]) -> Ran {
    sandbox.run_with(&words.split_whitespace().collect::<Vec<_>>(), "", environment)
}

#[test]
fn the_lines_of_the_pieces_fold() {
    let (sandbox, registry, name) = stage();
    shows!(run(&sandbox, &format!("push {name}"), &[ON_GITHUB]), @"
    $ rpush push localhost:PORT/app:1
    1: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ! ::group::Pushing, piece by piece
    ! 3 x Pushing
    ! 3 x Committing
    ! 4 x Pushed
    ! ::endgroup::
    ! 4 uploaded 1 kB; [TIME]
    ");
    let other = Sandbox::new();
    let ran = run(&other, &format!("pull {name}"), &[ON_GITLAB]);
    let section = |mark: &str| ran.err.lines().position(|line| line.starts_with(&format!("\u{1b}[0Ksection_{mark}:")));
    let (start, end) = (section("start").expect("a section"), section("end").expect("its end"));
    let (pieces, rest): (Vec<_>, Vec<_>) =
        ran.err.lines().enumerate().partition(|(number, _)| (start + 1..end).contains(number));
    assert_eq!(pieces.len(), 3 + 4, "{ran}");
    assert!(rest.iter().any(|(_, line)| line.starts_with("4 downloaded")), "{ran}");
    // What is read by programs has no such lines in it.
    for words in ["push -q", "push --progress json", "push --progress none"] {
        let ran = run(&sandbox, &format!("{words} {}", registry.name("app:1")), &[ON_GITHUB]);
        assert!(!ran.err.contains("::"), "{ran}");
    }
}

/// CVE-2020-15228 is of this kind: GitHub's runner takes commands from what a step prints.
#[test]
fn a_registry_does_not_command_the_runner() {
    let (sandbox, registry, name) = stage();
    let hostile = r#"{"errors":[{"code":"DENIED","message":"\n::add-path::/evil\n##[add-path]/evil"}]}"#;
    registry.on(move |request| (request.method == "PUT").then(|| answer(403, &[], hostile)));
    let ran = run(&sandbox, &format!("push {name}"), &[ON_GITHUB]);
    assert_eq!(ran.code, 4, "{ran}");
    let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    let commands: Vec<&str> = ran.err.lines().chain(ran.out.lines()).filter(is_command).collect();
    let [group, end, error] = commands[..] else { panic!("{commands:?}") };
    assert_eq!((group, end), ("::group::Pushing, piece by piece", "::endgroup::"));
    assert!(error.starts_with("::error title=rpush::") && !error.contains("##["), "{error}");
    let elsewhere = sandbox.rpush(&format!("push {name}"));
    assert!(!elsewhere.err.lines().any(|line| line.starts_with("::")), "{elsewhere}");
}

#[test]
fn github_gets_outputs_and_a_table() {
    let (sandbox, registry, name) = stage();
    let (outputs, table) = (sandbox.file("outputs", "before=1\n"), sandbox.file("table", "# before\n"));
    let environment = [ON_GITHUB, ("GITHUB_OUTPUT", outputs.as_str()), ("GITHUB_STEP_SUMMARY", table.as_str())];
    let ran = run(&sandbox, &format!("push --ci-summary {name}"), &environment);
    assert_eq!(ran.code, 0, "{ran}");
    let digest = ran.digest().to_string();
    let image = format!("{}@{digest}", registry.name("app"));
    let read = |path: &str| fs::read_to_string(path).expect("it was written");
    let expected = format!("before=1\ndigest={digest}\nreference={name}\nimage={image}\nbytes=");
    assert!(read(&outputs).starts_with(&expected), "{}", read(&outputs));
    shows!(read(&table).replace("&#58;", ":"), @"
    # before
    ### rpush push

    | image | digest | sent or received | what was done |
    |---|---|--:|---|
    | <code>localhost:PORT/app:1</code> | <code>[DIGEST]</code> | 1 kB | 4 uploaded 1 kB; [TIME] |
    ");

    let both = format!("{name} {}", registry.name("app:2"));
    sandbox.ok(&format!("tag {name} {}", registry.name("app:2")));
    fs::write(&outputs, "").expect("emptied");
    run(&sandbox, &format!("push --ci-summary {both}"), &environment);
    let text = read(&outputs);
    let delimiter = text.lines().find_map(|line| line.strip_prefix("reference<<")).expect("several lines");
    let values = format!("reference<<{delimiter}\n{}\n{delimiter}\n", both.replace(' ', "\n"));
    assert!(text.contains(&values), "{text}");
}

#[test]
fn gitlab_and_everybody_else_get_variables() {
    let (sandbox, registry, name) = stage();
    let read = |sandbox: &Sandbox, file: &str| fs::read_to_string(sandbox.path(file)).expect("it was written");
    let pushed = run(&sandbox, &format!("push --ci-summary {name}"), &[ON_GITLAB]);
    let image = format!("{}@{}", registry.name("app"), pushed.digest());
    let expected = |bytes: &str| {
        format!("RPUSH_DIGEST={}\nRPUSH_REFERENCE={name}\nRPUSH_IMAGE={image}\nRPUSH_BYTES={bytes}\n", pushed.digest())
    };
    let sent = read(&sandbox, "rpush.env");
    let bytes = sent.trim().rsplit('=').next().expect("bytes").to_owned();
    assert_eq!(sent, expected(&bytes));

    let other = Sandbox::new();
    other.ok(&format!("pull --ci-summary=out.env {name}"));
    assert_eq!(read(&other, "out.env"), expected(&bytes));
    let ran = run(&other, &format!("copy {name} {}", registry.name("copy:1")), &[("RPUSH_CI_SUMMARY", "out.env")]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(read(&other, "out.env").contains(&format!("RPUSH_REFERENCE={}\n", registry.name("copy:1"))));
    other.ok(&format!("copy --ci-summary=out.env {name} oci:layout:1"));
    assert!(read(&other, "out.env").contains("RPUSH_REFERENCE=oci:layout:1\nRPUSH_IMAGE=oci:layout:1\n"));

    // What has failed is not there, nor what was before it.
    let failed = other.rpush(&format!("pull --ci-summary=out.env {}", registry.name("nothing:1")));
    assert_eq!((failed.code, read(&other, "out.env").contains("app")), (3, false), "{failed}");
}

#[test]
fn where_nobody_reads_a_summary_a_file_must_be_named() {
    let (sandbox, registry, name) = stage();
    shows!(sandbox.rpush(&format!("push --ci-summary {name}")), @"
    $ rpush push --ci-summary localhost:PORT/app:1
    ! error: `--ci-summary` does not know this CI system
    ! because: there is neither GITHUB_OUTPUT nor GITHUB_STEP_SUMMARY, and GITLAB_CI is not true
    !
    ! hint: name a file for the variables: `--ci-summary=rpush.env`
    exit code 2
    ");
    assert_eq!(registry.journal(&[]), Vec::<String>::new(), "nothing was asked for");
}
