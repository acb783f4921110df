//! The exit codes, which scripts go by: for each of them, the commands that can end with it, brought to do so. What they say then
//! is other tests' business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;

use rpush::cli::failure::Exit;
use rpush::image::Digest;
use rpush::server::Verdict;

use crate::support::{Image, Layout, Registry, Running, Sandbox, answer};

/// An image in the store and on a registry.
struct Stage {
    registry: Registry,
    sandbox: Sandbox,
}

impl Stage {
    fn new() -> Self {
        Self::at(Registry::open())
    }

    fn at(registry: Registry) -> Self {
        let sandbox = Sandbox::new();
        let mut layout = Layout::default();
        let root = layout.image(&Image::with("hello"));
        layout.name(&root, &registry.name("app:1"));
        sandbox.file("app.tar", layout.archive().bytes());
        sandbox.file("sbom.json", "{}");
        sandbox.ok("load -i app.tar");
        Self { registry, sandbox }
    }

    /// Each line ends with this code. `HOST` is the registry, and `DIGEST` what nobody has.
    fn all_end_with(&self, exit: Exit, lines: &[&str]) {
        let nothing = Digest::of(b"nothing").to_string();
        for line in lines {
            let line = line.replace("HOST", &self.registry.host()).replace("DIGEST", &nothing);
            let ran = self.sandbox.rpush(&line);
            assert_eq!(ran.code, exit as i32, "{ran}");
            let tells = !ran.err.is_empty() || line.starts_with("doctor") || line.starts_with("fsck");
            assert!(tells || exit == Exit::Done, "a failure without a word: {ran}");
        }
    }
}

/// The code that tells of a signal, and who sends it.
type Signal = (Exit, fn(&Running<'_>));

/// What asks a registry for something that is there.
const REMOTE: [&str; 8] = [
    "push --retry 0 HOST/app:1",
    "pull --retry 0 HOST/app:1",
    "copy --retry 0 HOST/app:1 oci:copied:1",
    "inspect --remote --retry 0 HOST/app:1",
    "ls --retry 0 HOST/app",
    "tag --remote --retry 0 HOST/app:1 HOST/app:2",
    "referrers --retry 0 HOST/app:1",
    "doctor --retry 0 --max-body 64k HOST/app",
];

#[test]
fn done_is_0() {
    let stage = Stage::new();
    stage.all_end_with(Exit::Done, &REMOTE);
    let more = [
        "images",
        "inspect HOST/app:1",
        "save -o saved.tar HOST/app:1",
        "load -i saved.tar",
        "tag HOST/app:1 app:2",
        "rmi app:2",
        "rmi --remote HOST/app:2",
        "search HOST/ap",
        "fsck",
        "prune",
        "--version",
        "push --help",
        "completions bash",
    ];
    stage.all_end_with(Exit::Done, &more);
}

#[test]
fn failed_is_1() {
    let stage = Stage::new();
    let host = stage.registry.host();
    // The registry's answer makes no sense, and no code of its own.
    stage.registry.on(|request| request.uri.path().contains("/v2/app").then(|| answer(400, &[], "{}")));
    stage.all_end_with(Exit::Failed, &REMOTE);
    stage.registry.on(|_| None);
    stage.sandbox.ok(&format!("tag {host}/app:1 other:1"));
    let id = stage.sandbox.stored("other:1").digest.short();
    stage.all_end_with(
        Exit::Failed,
        &[&format!("rmi {id}"), "load -i sbom.json", "copy store:HOST/app:1 oci:/dev/null:1"],
    );
}

#[test]
fn words_that_make_no_sense_are_2() {
    let stage = Stage::new();
    let lines = [
        "push",
        "push HOST/App:1",
        "push HOST/app@DIGEST",
        "push -a HOST/app:1",
        "push app:1",
        "push --no-such-option",
        "pull HOST/App:1",
        "pull -a HOST/app:1",
        "copy HOST/app:1",
        "copy HOST/app:1 ./directory",
        "images --filter a=b",
        "images --format {{.Nothing}}",
        "inspect HOST/App:1",
        "inspect --remote HOST/App:1",
        "ls HOST/app:1",
        "tag HOST/app:1",
        "tag HOST/app:1 A:1",
        "tag --remote HOST/app:1 other.example/app:1",
        "rmi HOST/App:1",
        "rmi --remote HOST/app",
        "search https://HOST/a",
        "login --password a --password-stdin HOST",
        "login HOST",
        "load --platform nonsense",
        "save HOST/App:1 -o a.tar",
        "doctor HOST/App",
        "referrers HOST/App:1",
        "no-such-command",
        "attach --artifact-type nonsense HOST/app:1 sbom.json",
        "serve --addr nonsense",
        "--progress nonsense images",
    ];
    stage.all_end_with(Exit::Usage, &lines);
}

#[test]
fn what_is_not_there_is_3() {
    let stage = Stage::new();
    let lines = [
        "push HOST/nope:1",
        "push --from oci:nope HOST/app:1",
        "pull HOST/nope:1",
        "pull HOST/app@DIGEST",
        "copy HOST/nope:1 oci:copied:1",
        "copy oci:nope HOST/app:1",
        "inspect nope:1",
        "inspect --remote HOST/nope:1",
        "ls HOST/nope",
        "tag nope:1 app:2",
        "tag --remote HOST/nope:1 HOST/app:2",
        "rmi nope:1",
        "rmi --remote HOST/nope:1",
        "save -o a.tar nope:1",
        "load -i nope.tar",
        "referrers HOST/nope:1",
        "whoami HOST",
        "logout HOST",
        "attach --artifact-type a/b HOST/nope:1 sbom.json",
        "index ls nope:1",
        "append --base HOST/nope:1 --layer sbom.json a:1",
    ];
    stage.all_end_with(Exit::NotFound, &lines);
}

#[test]
fn what_is_not_allowed_is_4() {
    let stage = Stage::at(Registry::with_password("secret"));
    stage.all_end_with(Exit::Denied, &REMOTE);
    let more = [
        "push --creds alice:wrong --retry 0 HOST/app:1",
        "login -u alice -p wrong --store-in file HOST",
        "rmi --remote HOST/app:1",
        "attach --artifact-type a/b HOST/app:1 sbom.json",
        "ls HOST",
        "search HOST/app",
    ];
    stage.all_end_with(Exit::Denied, &more);
}

#[test]
fn who_cannot_be_reached_is_5() {
    let stage = Stage::new();
    let nowhere = |line: &&str| line.replace("HOST", "localhost:1");
    stage.sandbox.ok(&format!("tag {}/app:1 localhost:1/app:1", stage.registry.host()));
    let lines: Vec<String> = REMOTE.iter().map(nowhere).collect();
    stage.all_end_with(Exit::Unreachable, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let more = [
        "ls --retry 0 localhost:1",
        "search --retry 0 localhost:1/app",
        "login --retry 0 -u alice -p secret --store-in file localhost:1",
        "rmi --remote --retry 0 localhost:1/app:1",
        "push --from docker-daemon:app:1 HOST/app:1",
    ];
    stage.all_end_with(Exit::Unreachable, &more);
    // One that is there, and not well.
    stage.registry.on(|_| Some(answer(503, &[], "{}")));
    stage.all_end_with(Exit::Unreachable, &REMOTE);
}

#[test]
fn what_is_damaged_is_6() {
    let stage = Stage::new();
    stage.sandbox.ok(&format!("push {}", stage.registry.name("app:1")));
    let root = stage.sandbox.stored(&stage.registry.name("app:1"));
    let size = usize::try_from(root.size).expect("a manifest is small");
    stage.registry.damage(&root.digest, &vec![b' '; size]);
    let reader = Stage { sandbox: Sandbox::new(), ..stage };
    reader.all_end_with(
        Exit::Damaged,
        &[
            "pull --retry 0 HOST/app:1",
            "copy --retry 0 HOST/app:1 oci:copied:1",
            "inspect --remote --retry 0 HOST/app:1",
        ],
    );
    // In the store.
    let stage = Stage::new();
    let root = stage.sandbox.stored(&stage.registry.name("app:1"));
    std::fs::write(stage.sandbox.store().blobs().path(&root.digest), "not what it was").expect("written");
    stage.all_end_with(
        Exit::Damaged,
        &["fsck", "push HOST/app:1", "save -o a.tar HOST/app:1", "copy store:HOST/app:1 oci:c:1"],
    );
    // In an archive.
    let bytes = std::fs::read(stage.sandbox.path("app.tar")).expect("it was written");
    stage.sandbox.file("cut.tar", &bytes[..bytes.len() / 2]);
    stage.all_end_with(Exit::Damaged, &["load -i cut.tar", "push --from cut.tar HOST/app:2"]);
}

#[test]
fn who_is_told_to_stop_says_by_what() {
    let stage = Stage::new();
    stage.sandbox.ok(&format!("push {}", stage.registry.name("app:1")));
    let (sender, receiver) = mpsc::channel();
    stage.registry.on(move |_| {
        let sender = sender.clone();
        // Nobody listens any more after the last of them.
        let _ = sender.send(());
        Some(Verdict::Wait(Box::pin(std::future::pending())))
    });
    let signals: [Signal; 2] =
        [(Exit::Interrupted, |running| running.interrupt()), (Exit::Terminated, |running| running.terminate())];
    for (exit, send) in signals {
        for line in REMOTE {
            let running = stage.sandbox.start(&line.replace("HOST", &stage.registry.host()));
            receiver.recv().expect("it asks the registry");
            send(&running);
            let ran = running.wait();
            assert_eq!(ran.code, exit as i32, "{ran}");
            // Others of its questions may have come meanwhile.
            receiver.try_iter().for_each(drop);
        }
    }
}

/// The number, the meaning and the order are in the code once; what scripts depend on is here a second time.
#[test]
fn numbers_are_a_contract() {
    let numbers: Vec<u8> = Exit::ALL.iter().map(|exit| *exit as u8).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 130, 143]);
    let meanings: BTreeSet<&str> = Exit::ALL.iter().map(|exit| exit.meaning()).collect();
    assert_eq!(meanings.len(), Exit::ALL.len(), "each means something else");
    let schemas: BTreeMap<&str, &str> = BTreeMap::from([
        ("doctor", include_str!("../../docs/schemas/doctor.schema.json")),
        ("fsck", include_str!("../../docs/schemas/fsck.schema.json")),
    ]);
    for (name, schema) in schemas {
        let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
        assert_eq!(schema["$defs"]["exitCode"]["enum"], serde_json::json!(numbers), "{name}");
    }
}
