//! Every write that rpush makes fails once, and at every one it is killed once. The shipped program has no faults in it: strace
//! makes them, at the border to the system.
//!
//! strace counts in each thread by itself. Every command is therefore begun in several states of the store: where nothing is
//! there yet, where all but the last step is done, and so on, so that each step is once among the first of its thread.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use rpush::image::Digest;
use serde_json::Value;

use crate::peers::{are_here, run};
use crate::support::{Image, Layout, Registry, Sandbox};

/// Whatever brings bytes into a file. By the same calls threads wake each other, which never fails for want of space: so
/// these only kill. A limit on the size of files makes them fail where they should.
const WRITES: &str = "write,pwrite64,writev";

/// Whatever else changes a file or a directory.
const CHANGES: &str = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,fchmod,chmod,ftruncate,\
                       fallocate,copy_file_range,sendfile";

/// What goes away.
const REMOVALS: &str = "unlink,unlinkat";

/// More calls than these no thread makes here; a command that does has changed, and so must this.
const MOST: usize = 400;

/// A command in a state of the store.
struct Story {
    name: &'static str,
    /// Runs before, where nothing fails.
    before: Vec<String>,
    command: String,
    /// The names that are there whatever happens.
    kept: Vec<String>,
    /// The names that are there when the command has succeeded.
    after: Vec<String>,
}

/// How a run under strace ended.
struct Ended {
    code: Option<i32>,
    err: String,
    /// The calls that were made to fail, or in which it was killed.
    hit: Vec<String>,
}

/// Whether strace is here and may do its work.
fn may_trace() -> bool {
    are_here(&["strace"]) && {
        let traced = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
        traced.is_ok_and(|status| status.success()) || crate::peers::skip("strace is not allowed to trace here")
    }
}

fn traced(sandbox: &Sandbox, inject: &str, words: &str) -> Ended {
    let log = sandbox.path("strace.log");
    let calls = inject.split(':').next().expect("what to inject into");
    let mut command = Command::new("strace");
    sandbox.confine(&mut command);
    command.args(["-f", "-y", "-qq", "-s", "0", "-o"]).arg(&log);
    command.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={inject}")]);
    command.arg(env!("CARGO_BIN_EXE_rpush")).args(words.split_whitespace());
    let output = command.output().expect("strace runs");
    let log = fs::read_to_string(log).unwrap_or_default();
    let is_hit = |line: &&str| line.contains("(INJECTED)") || line.contains("+++ killed by SIGKILL");
    Ended {
        code: output.status.code(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        hit: log.lines().filter(is_hit).map(str::to_owned).collect(),
    }
}

/// A sandbox with archives in it, and what the stories are about.
fn stage(registry: &Registry) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("old.tar", Image::with("old").docker_25(&["old:1"]).bytes());
    sandbox.file("plain.tar", Image::with("new").docker_24(&["new:1"]).bytes());
    sandbox.file("layout.tar", Image::with("new").docker_25(&["new:1"]).bytes());
    let elsewhere = Sandbox::new();
    for name in ["pulled:1", "pulled:2"] {
        let mut layout = Layout::default();
        let root = layout.image(&Image::with("pulled"));
        layout.name(&root, &registry.name(name));
        elsewhere.file("pulled.tar", layout.archive().bytes());
        elsewhere.ok("load -i pulled.tar");
        elsewhere.ok(&format!("push {}", registry.name(name)));
    }
    sandbox
}

fn stories(registry: &Registry) -> Vec<Story> {
    let full = |name: &str| format!("docker.io/library/{name}");
    let (pulled, again) = (registry.name("pulled:1"), registry.name("pulled:2"));
    let story = |name, before: &[&str], command: &str, kept: &[&str], after: &[&str]| Story {
        name,
        before: before.iter().map(|words| (*words).to_owned()).collect(),
        command: command.to_owned(),
        kept: kept.iter().map(|name| full(name)).collect(),
        after: after.iter().map(|name| if name.contains('/') { (*name).to_owned() } else { full(name) }).collect(),
    };
    let old = "load -i old.tar";
    vec![
        story("a first load", &[], "load -i plain.tar", &[], &["new:1"]),
        story("a load", &[old], "load -i layout.tar", &["old:1"], &["new:1"]),
        story("a load that compresses", &[old], "load -i plain.tar", &["old:1"], &["new:1"]),
        story(
            "a load of what is there",
            &[old, "load -i layout.tar", "tag new:1 x:1", "rmi new:1"],
            "load -i layout.tar",
            &["old:1", "x:1"],
            &["new:1"],
        ),
        story("a pull", &[old], &format!("pull {pulled}"), &["old:1"], &[&pulled]),
        story(
            "a pull of what is there",
            &[old, &format!("pull {pulled}")],
            &format!("pull {again}"),
            &["old:1"],
            &[&again],
        ),
        story("a tag", &[old], "tag old:1 new:1", &["old:1"], &["new:1"]),
        story("a collection of garbage", &[old], "prune", &["old:1"], &[]),
        story("a removal", &[old, "load -i layout.tar"], "rmi -f new:1", &["old:1"], &[]),
        story("a removal of one name", &[old, "tag old:1 new:1"], "rmi -f new:1", &["old:1"], &[]),
        story(
            "a push of an archive",
            &[old],
            &format!("push --from layout.tar {}", registry.name("pushed:1")),
            &["old:1"],
            &[],
        ),
    ]
}

/// The store before a story, which is copied for each of its runs.
fn prepare(sandbox: &Sandbox, story: &Story) {
    let _ = fs::remove_dir_all(sandbox.path("store"));
    for words in &story.before {
        sandbox.ok(words);
    }
    if !story.before.is_empty() {
        sandbox.store().blobs().put_bytes(b"nobody needs this").expect("stored");
    }
    let _ = fs::remove_dir_all(sandbox.path("before"));
    if sandbox.path("store").exists() {
        copy(&sandbox.path("store"), &sandbox.path("before"));
    }
}

fn restore(sandbox: &Sandbox) {
    let _ = fs::remove_dir_all(sandbox.path("store"));
    if sandbox.path("before").exists() {
        copy(&sandbox.path("before"), &sandbox.path("store"));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    for entry in fs::read_dir(from).expect("a directory can be read") {
        let entry = entry.expect("an entry can be read");
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).expect("a file can be copied")),
        }
    }
}

/// Holds a layout to the specification, without the code under test. Gives its names.
#[track_caller]
fn verified(store: &Path, when: &str) -> BTreeSet<String> {
    if !store.join("oci-layout").exists() {
        assert!(!store.join("index.json").exists() || listed(store, when).is_empty(), "{when}: names without a marker");
        return BTreeSet::new();
    }
    let marker: Value = serde_json::from_slice(&fs::read(store.join("oci-layout")).expect("reads")).expect("JSON");
    assert_eq!(marker["imageLayoutVersion"], "1.0.0", "{when}");
    for file in fs::read_dir(store.join("blobs/sha256")).expect("a layout has blobs").flatten() {
        let bytes = fs::read(file.path()).expect("a blob can be read");
        assert_eq!(Digest::of(&bytes).hex(), file.file_name().to_str().expect("plain"), "{when}: a damaged blob");
    }
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().expect("a digest");
        let bytes = fs::read(store.join("blobs").join(digest.replace(':', "/")));
        bytes.unwrap_or_else(|error| panic!("{when}: {digest}: {error}"))
    };
    let mut names = BTreeSet::new();
    for entry in listed(store, when) {
        names.insert(entry["annotations"]["org.opencontainers.image.ref.name"].as_str().expect("a name").to_owned());
        let manifest: Value = serde_json::from_slice(&blob(&entry)).expect("a manifest");
        blob(&manifest["config"]);
        manifest["layers"].as_array().expect("layers").iter().for_each(|layer| drop(blob(layer)));
    }
    names
}

fn listed(store: &Path, when: &str) -> Vec<Value> {
    let bytes = fs::read(store.join("index.json")).unwrap_or_else(|error| panic!("{when}: index.json: {error}"));
    let index: Value = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{when}: index.json: {error}"));
    index["manifests"].as_array().expect("a list").clone()
}

/// What has to hold after every run, however it ended; then the same command without a fault.
#[track_caller]
fn check(sandbox: &Sandbox, story: &Story, ended: &Ended, when: &str) {
    let store = sandbox.path("store");
    let names = verified(&store, when);
    for kept in &story.kept {
        assert!(names.contains(kept), "{when}: {kept} is gone: {}", ended.err);
    }
    if ended.code == Some(0) {
        for name in &story.after {
            assert!(names.contains(name), "{when}: it says that all went well, and {name} is not there");
        }
    }
    let images = sandbox.rpush("images -q");
    assert_eq!((images.code, images.err.as_str()), (0, ""), "{when}: {images}");
    sandbox.ok(&story.command);
    let names = verified(&store, when);
    for name in story.kept.iter().chain(&story.after) {
        assert!(names.contains(name), "{when}: {name} is not there in the end");
    }
    sandbox.ok("prune");
    let examined = sandbox.ok("--progress none fsck");
    assert_eq!(examined.out.lines().count(), 1, "{when}: something is left: {examined}");
    let left: Vec<_> = sandbox.contents().into_keys().filter(|path| is_temporary(path)).collect();
    assert!(left.is_empty(), "{when}: {left:?}");
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).expect("plain names");
    [".tmp", "blob-", "file-", "partial-", "memo-"].iter().any(|beginning| name.starts_with(beginning))
}

/// Goes through a story with a fault at the first call, the second, and so on, until nothing is hit any more. Gives how many
/// calls there were.
fn go(
    sandbox: &Sandbox,
    story: &Story,
    calls: &str,
    fault: &str,
    judge: impl Fn(&Sandbox, &Story, &Ended, &str),
) -> usize {
    prepare(sandbox, story);
    for number in 1..MOST {
        restore(sandbox);
        let inject = format!("{calls}:{}", fault.replace('#', &number.to_string()));
        let ended = traced(sandbox, &inject, &story.command);
        let when = format!("{}, {fault} at call {number}: {:?}", story.name, ended.hit);
        if ended.hit.is_empty() {
            assert_eq!(ended.code, Some(0), "{when}: {}", ended.err);
            return number - 1;
        }
        judge(sandbox, story, &ended, &when);
        check(sandbox, story, &ended, &when);
    }
    panic!("{} makes too many calls", story.name);
}

fn all_stories(calls: &str, fault: &str, judge: impl Fn(&Sandbox, &Story, &Ended, &str)) {
    if !may_trace() {
        return;
    }
    let registry = Registry::open();
    let sandbox = stage(&registry);
    let mut hits = 0;
    for story in stories(&registry) {
        let here = go(&sandbox, &story, calls, fault, &judge);
        assert!(here > 0, "{} changes nothing", story.name);
        hits += here;
    }
    assert!(hits > 40, "only {hits} faults were made");
}

/// Other programs read the store as it is then.
#[test]
fn killed_at_every_change_of_a_file() {
    if !are_here(&["skopeo", "umoci"]) {
        return;
    }
    let kills = std::cell::Cell::new(0);
    all_stories(&format!("{WRITES},{CHANGES},{REMOVALS}"), "signal=SIGKILL:when=#", |sandbox, story, ended, when| {
        assert_eq!(ended.code, None, "{when}");
        kills.set(kills.get() + 1);
        if let (Some(name), 0) = (story.kept.first(), kills.get() % 10) {
            run(sandbox, &format!("skopeo inspect oci:store:{name}"));
            assert!(run(sandbox, "umoci ls --layout store").out.contains(name.as_str()), "{when}");
        }
    });
}

/// A disk that is full for a moment: somebody else frees some space in time.
#[test]
fn a_full_disk_at_every_change_of_a_file() {
    all_stories(&format!("{CHANGES},{REMOVALS}"), "error=ENOSPC:when=#", is_told_of_the_full_disk);
}

/// A disk that is full and stays so.
#[test]
fn a_disk_that_stays_full_from_every_change_of_a_file_on() {
    all_stories(&format!("{CHANGES},{REMOVALS}"), "error=ENOSPC:when=#+", is_told_of_the_full_disk);
}

/// A failure that has no words of its own.
#[test]
fn a_broken_disk_at_every_change_of_a_file() {
    all_stories(&format!("{CHANGES},{REMOVALS}"), "error=EIO:when=#", |_, _, ended, when| {
        if ended.code != Some(0) {
            assert_eq!(ended.code, Some(1), "{when}: {}", ended.err);
            assert!(ended.err.contains("because: Input/output error"), "{when}: {}", ended.err);
        }
    });
}

#[track_caller]
fn is_told_of_the_full_disk(_: &Sandbox, _: &Story, ended: &Ended, when: &str) {
    if ended.code != Some(0) {
        assert_eq!(ended.code, Some(1), "{when}: {}", ended.err);
        for words in ["No space left on device", "hint: free some space where "] {
            assert!(ended.err.contains(words), "{when}: {}", ended.err);
        }
    }
}

/// Runs rpush through another program that changes what it may do.
fn through(sandbox: &Sandbox, program: &[&str], words: &str) -> Ended {
    let mut command = Command::new(program[0]);
    sandbox.confine(&mut command);
    command.args(&program[1..]).arg(env!("CARGO_BIN_EXE_rpush")).args(words.split_whitespace());
    let output = command.output().expect("the program runs");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Ended { code: output.status.code(), err, hit: Vec::new() }
}

/// `ulimit -f`, which sends a signal that ends a process when it is not heard. A file may have so many bytes and no more: the
/// writes break off in the middle.
#[test]
fn files_that_may_not_grow_are_told_of_and_leave_no_trace() {
    if !are_here(&["prlimit"]) {
        return;
    }
    let registry = Registry::open();
    let sandbox = stage(&registry);
    for story in stories(&registry) {
        prepare(&sandbox, &story);
        let mut failures = 0;
        for limit in [0, 1, 20, 50, 90, 100, 130, 200, 300, 400, 600] {
            restore(&sandbox);
            let ended = through(&sandbox, &["prlimit", &format!("--fsize={limit}")], &story.command);
            let when = format!("{}, files of {limit} bytes at most", story.name);
            if ended.code != Some(0) {
                failures += 1;
                assert_eq!(ended.code, Some(1), "{when}: {}", ended.err);
                for words in ["File too large", "hint: this process may not write a file so large"] {
                    assert!(ended.err.contains(words), "{when}: {}", ended.err);
                }
            }
            check(&sandbox, &story, &ended, &when);
        }
        assert!(failures > 0 || story.name == "a collection of garbage", "{} writes nothing", story.name);
    }
}

/// Ends the test where nobody may mount anything; a laptop's account may not, and a container's root may not either.
fn may_mount() -> bool {
    let mounts = ["-m", "mount", "-t", "tmpfs", "none", "/mnt"];
    let allowed = are_here(&["unshare", "mount"])
        && Command::new("unshare").args(mounts).output().is_ok_and(|output| output.status.success());
    if !allowed {
        eprintln_skipped("nothing can be mounted here");
    }
    allowed
}

/// It does not matter whether a peer is required: a system that forbids something lacks no program.
fn eprintln_skipped(why: &str) {
    use std::io::Write as _;
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = std::io::stderr().write_all(format!("skipped: {test}: {why}\n").as_bytes());
}

/// Runs a script in a mount namespace of its own, with rpush as `$1` and the sandbox's store as `$2`.
#[track_caller]
fn with_mounts(sandbox: &Sandbox, script: &str) -> String {
    let mut command = Command::new("unshare");
    sandbox.confine(&mut command);
    command.args(["-m", "sh", "-ec", script, "sh", env!("CARGO_BIN_EXE_rpush")]).arg(sandbox.path("store"));
    let output = command.output().expect("unshare runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A disk that is really full: the failure is told, earlier images are whole, and removing one makes room for the next.
#[test]
fn a_disk_that_is_really_full() {
    if !may_mount() {
        return;
    }
    let registry = Registry::open();
    let (sandbox, elsewhere) = (stage(&registry), Sandbox::new());
    let name = registry.name("large:1");
    for (file, name) in [("large.tar", "large:1"), ("pushed.tar", name.as_str())] {
        let mut layout = Layout::default();
        let root = layout.image_of(&crate::support::noise(2 << 20));
        layout.name(&root, name);
        sandbox.file(file, layout.archive().bytes());
        elsewhere.file(file, layout.archive().bytes());
    }
    elsewhere.ok("load -i pushed.tar");
    elsewhere.ok(&format!("push {name}"));
    let script = format!(
        r#"
        mkdir -p "$2"; mount -t tmpfs -o size=1m none "$2"
        "$1" load -q -i old.tar
        for words in "load -i large.tar" "pull {name}" "push --from large.tar {}"; do
            if "$1" --progress none $words 2>said; then echo "there is room for $words"; exit 1; fi
            grep -q "because: No space left on device" said || {{ cat said; exit 1; }}
            grep -q "hint: free some space" said || {{ cat said; exit 1; }}
            "$1" -q fsck; "$1" prune
            "$1" images -q | grep -q . || {{ echo "nothing is left"; exit 1; }}
        done
        # To the last byte, by somebody else.
        cat /dev/zero >"$2/somebody" 2>/dev/null || true
        if "$1" tag old:1 old:2 2>said; then echo "there is room for a tag"; fi
        "$1" images -q | grep -q .
        "$1" prune
        rm "$2/somebody"
        "$1" tag old:1 old:2
        "$1" --progress none fsck"#,
        registry.name("other:1")
    );
    let said = with_mounts(&sandbox, &script);
    assert!(said.trim_end().ends_with("nothing is damaged"), "{said}");
}

/// A store on a disk that is mounted read-only.
#[test]
fn a_store_that_cannot_be_written_to_can_be_read() {
    if !may_mount() {
        return;
    }
    let registry = Registry::open();
    let sandbox = stage(&registry);
    sandbox.ok("load -i old.tar");
    let name = registry.name("old:1");
    sandbox.ok(&format!("tag old:1 {name}"));
    // Once with the files that locks are taken on, and once as another program would have written it.
    for strip in ["true", "rm -r \"$2/rpush\" \"$2/index.json.lock\""] {
        let script = format!(
            r#"
            {strip} || true
            mount --bind "$2" "$2"; mount -o remount,ro,bind "$2"
            "$1" images; "$1" inspect old:1 >/dev/null; "$1" save -o saved.tar old:1; "$1" push {name}
            "$1" --progress none fsck
            for words in "tag old:1 old:2" "pull {}" "load -i layout.tar" "rmi old:1" "prune" "fsck --repair"; do
                code=0; "$1" --progress none $words 2>said || code=$?
                [ $code = 1 ] || {{ echo "$words: $code"; cat said; exit 1; }}
                grep -q "error: cannot write to the store at $2" said || {{ echo "$words"; cat said; exit 1; }}
                grep -q "because: Read-only file system" said || {{ echo "$words"; cat said; exit 1; }}
                grep -q "hint: use a store that this account may write to: .--store DIR" said || {{ cat said; exit 1; }}
            done"#,
            registry.name("pulled:1")
        );
        let said = with_mounts(&sandbox, &script);
        assert!(said.contains("digest: sha256:") && said.contains("nothing is damaged"), "{said}");
        Sandbox::new_with(&sandbox, "saved.tar").ok("load -i saved.tar");
    }
}

const NO_LOCKS: &str = "inject=flock:error=ENOLCK";

/// rpush where the file system has no locks, in a thread of its own, with another fault.
fn without_locks(sandbox: &Sandbox, more: &[&str], words: &str) -> Ended {
    let mut command = Command::new("strace");
    sandbox.confine(&mut command);
    let trace = format!("trace=flock,{WRITES},{CHANGES},{REMOVALS}");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", NO_LOCKS]);
    for more in more {
        command.args(["-e", more]);
    }
    command.arg(env!("CARGO_BIN_EXE_rpush")).args(words.split_whitespace());
    let output = command.output().expect("strace runs");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Ended { code: output.status.code(), err, hit: Vec::new() }
}

/// A file system without locks, like NFS without its lock daemon: everything works, many at once lose nothing, and what was
/// killed is in nobody's way.
#[test]
fn a_store_where_nothing_can_be_locked() {
    if !may_trace() {
        return;
    }
    let registry = Registry::open();
    let sandbox = stage(&registry);
    for story in stories(&registry) {
        prepare(&sandbox, &story);
        let ended = without_locks(&sandbox, &[], &story.command);
        assert_eq!(ended.code, Some(0), "{}: {}", story.name, ended.err);
        check(&sandbox, &story, &ended, story.name);
    }
    let names: Vec<_> = (0..12).map(|number| format!("many:{number}")).collect();
    std::thread::scope(|scope| {
        for (number, name) in names.iter().enumerate() {
            let sandbox = &sandbox;
            scope.spawn(move || {
                let ended = without_locks(sandbox, &[], &format!("tag old:1 {name}"));
                assert_eq!(ended.code, Some(0), "{name}: {}", ended.err);
                let other = if number % 2 == 0 { "load -i plain.tar" } else { "prune" };
                let ended = without_locks(sandbox, &[], other);
                assert!(ended.code == Some(0) || other == "prune", "{other}: {}", ended.err);
            });
        }
    });
    let there = verified(&sandbox.path("store"), "many at once");
    names.iter().for_each(|name| assert!(there.contains(&format!("docker.io/library/{name}")), "{name} is lost"));
    for number in 1..20 {
        let kill = format!("inject={WRITES},{CHANGES},{REMOVALS}:signal=SIGKILL:when={number}");
        without_locks(&sandbox, &[&kill], "load -i layout.tar");
        for words in ["tag old:1 after:1", "prune", "rmi -f after:1 new:1"] {
            let ended = without_locks(&sandbox, &[], words);
            assert_eq!(ended.code, Some(0), "{words}, killed at {number}: {}", ended.err);
        }
    }
}
