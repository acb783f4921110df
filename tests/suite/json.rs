//! What programs read: every JSON output is as its schema in `docs/schemas` says, with no member more and none less, and the
//! examples in `docs/json.md` are what the commands print.
//!
//! `RPUSH_REWRITE=1 cargo test --test suite json` writes the examples anew. The schemas are written by hand, because they are the
//! promise that the program is held to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Image, Layout, Registry, Sandbox};

/// Schemas whose outputs other tests make and check.
const ELSEWHERE: [&str; 1] = ["events"];

/// Definitions of what other people write, and rpush passes on with members that it does not know.
const OPEN: [&str; 2] = ["descriptor", "platform"];

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every schema by its name: `push`.
fn schemas() -> BTreeMap<String, Value> {
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a plain name");
        let name = name.strip_suffix(".schema.json").expect("a schema").to_owned();
        let text = fs::read_to_string(entry.path()).expect("a schema can be read");
        (name, serde_json::from_str(&text).expect("a schema is JSON"))
    };
    fs::read_dir(project("docs/schemas")).expect("the directory").flatten().map(read).collect()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("the schema is one")
}

/// What a command printed.
struct Output {
    schema: &'static str,
    /// As it stands in the documents.
    command: String,
    values: Vec<Value>,
}

/// A registry, and who talks to it.
struct Stage {
    registry: Registry,
    sandbox: Sandbox,
    outputs: Vec<Output>,
}

impl Stage {
    fn new() -> Self {
        let (registry, sandbox) = (Registry::open(), Sandbox::new());
        fs::create_dir(sandbox.path("rootfs")).expect("a directory");
        sandbox.file("rootfs/motd", "hello\n");
        // Whoever runs the tests may make files for themselves alone, and an image is made of what they are.
        for (name, mode) in [("rootfs", 0o755), ("rootfs/motd", 0o644)] {
            fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(mode)).expect("it is ours");
        }
        sandbox.file("sbom.json", "{\"spdxVersion\": \"SPDX-2.3\"}\n");
        Self { registry, sandbox, outputs: Vec::new() }
    }

    /// Runs a command, in which `HOST` is the registry, and keeps what it prints: an object a line, or an array of them.
    fn run(&mut self, schema: &'static str, line: &str, code: i32) {
        let ran = self.sandbox.rpush(&line.replace("HOST", &self.registry.host()));
        assert_eq!(ran.code, code, "{ran}");
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{error}: {ran}"));
        let values = match ran.out.starts_with('[') {
            true => read(&ran.out).as_array().expect("it begins like one").clone(),
            false => ran.out.lines().map(read).collect(),
        };
        assert!(!values.is_empty(), "{ran}");
        let command = format!("rpush {}", line.replace("HOST", "localhost:5000"));
        self.outputs.push(Output { schema, command, values });
    }
}

/// The first output of each schema is the one in the documents.
fn story() -> Stage {
    let mut stage = Stage::new();
    stage.run("import", "import --format json --platform linux/amd64 rootfs HOST/my-fancy-app:1.0.0", 0);
    stage.run("plan", "push --dry-run --format json HOST/my-fancy-app:1.0.0", 0);
    stage.run("push", "push --format json HOST/my-fancy-app:1.0.0", 0);
    stage.run("push", "push --format json HOST/my-fancy-app:1.0.0", 0);
    stage.run("plan", "push --dry-run --format json HOST/my-fancy-app:1.0.0", 0);
    stage.run("plan", "copy --dry-run --format json HOST/my-fancy-app:1.0.0 HOST/team/copy:1.0.0 oci:layout:1.0.0", 0);
    stage.sandbox.ok(&format!("tag {0}/my-fancy-app:1.0.0 {0}/team/other:1", stage.registry.host()));
    stage.run("push", "push --format json HOST/team/other:1", 0);
    stage.run("images", "images --format json", 0);
    stage.run("images", "images --format json --no-trunc --digests", 0);
    stage.run("inspect", "inspect HOST/my-fancy-app:1.0.0", 0);
    stage.run("inspect", "inspect --format json HOST/my-fancy-app:1.0.0", 0);
    stage.run("inspect", "inspect --remote --platform linux/amd64 HOST/my-fancy-app:1.0.0", 0);
    stage.run("ls", "ls --format json --digests HOST/my-fancy-app", 0);
    stage.run("ls", "ls --format json HOST/my-fancy-app", 0);
    stage.run("ls", "ls --format json HOST", 0);
    stage.run("search", "search --format json HOST/fancy", 0);
    let file = "sbom.json:application/spdx+json";
    let kind = "--artifact-type application/spdx+json";
    stage.run("attach", &format!("attach --format json {kind} HOST/my-fancy-app:1.0.0 {file}"), 0);
    stage.run("referrers", "referrers --format json HOST/my-fancy-app:1.0.0", 0);
    stage.run("copy", "copy --format json HOST/my-fancy-app:1.0.0 HOST/team/copy:1.0.0", 0);
    stage.run("copy", "copy --format json HOST/my-fancy-app:1.0.0 oci:layout:1.0.0 oci-archive:app.tar", 0);
    stage.sandbox.ok(&format!("rmi -f {}/my-fancy-app:1.0.0", stage.registry.host()));
    stage.sandbox.ok(&format!("rmi -f {}/team/other:1", stage.registry.host()));
    let pull = "pull --format json --platform linux/amd64 HOST/my-fancy-app:1.0.0";
    stage.run("pull", pull, 0);
    stage.run("pull", pull, 0);
    stage.sandbox.ok("import --platform linux/arm64 rootfs arm:1");
    stage.run("index-create", "index create --format json HOST/my-fancy-app:all HOST/my-fancy-app:1.0.0 arm:1", 0);
    stage.run("index-ls", "index ls --format json HOST/my-fancy-app:all", 0);
    stage.run("inspect", "inspect HOST/my-fancy-app:all", 0);
    stage.run("import", "append --format json --base HOST/my-fancy-app:1.0.0 --layer rootfs=/srv --platform linux/amd64 HOST/my-fancy-app:2.0.0", 0);
    examined(&mut stage);
    stage
}

/// What examines others, where all is well and where it is not.
fn examined(stage: &mut Stage) {
    let here = stage.registry.host().replace("localhost", "127.0.0.1");
    stage.run("doctor", &format!("doctor --format json --retry 0 --max-body 64k {here}/my-fancy-app"), 0);
    let command = &mut stage.outputs.last_mut().expect("it ran").command;
    *command = command.replace(&here, "127.0.0.1:5000");
    stage.run("doctor", "doctor --format json HOST", 0);
    stage.run("doctor", "doctor --format json --retry 0 localhost:1/app", 5);
    // Something is lost, and something lies about.
    let manifest = stage.sandbox.stored("arm:1");
    let path = stage.sandbox.store().blobs().path(&manifest.digest);
    fs::write(path, "not what it was").expect("a blob can be written");
    stage.run("fsck", "fsck --format json", 6);
    stage.run("fsck", "fsck --format json --repair", 6);
}

/// Images of every kind that a list or a description has to cope with.
fn odd() -> Stage {
    let mut stage = Stage::new();
    let mut layout = Layout::default();
    let roots = [layout.image(&Image::with("one")), layout.index("many"), layout.artifact()];
    for (root, name) in roots.iter().zip(["one", "many", "artifact"]) {
        layout.name(root, &format!("{}/odd/{name}:1", stage.registry.host()));
    }
    stage.sandbox.file("odd.tar", layout.archive().bytes());
    stage.sandbox.ok("load -i odd.tar");
    stage.run("images", "images --format json", 0);
    for name in ["one", "many", "artifact"] {
        stage.run("inspect", &format!("inspect --format json HOST/odd/{name}:1"), 0);
        stage.run("push", &format!("push --format json HOST/odd/{name}:1"), 0);
        stage.run("inspect", &format!("inspect --remote --format json HOST/odd/{name}:1"), 0);
    }
    stage.run("index-ls", "index ls --format json --remote HOST/odd/many:1", 0);
    stage.run("pull", "pull --format json --all-platforms HOST/odd/many:1", 0);
    stage.run("fsck", "fsck --format json", 0);
    stage
}

fn assert_valid(schemas: &BTreeMap<String, Value>, outputs: &[Output]) {
    for output in outputs {
        let validator = validator(&schemas[output.schema]);
        for value in &output.values {
            let errors: Vec<_> =
                validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "`{}` prints {value:#}, and its schema: {errors:#?}", output.command);
        }
    }
}

#[test]
fn outputs_are_as_their_schemas_say() {
    let schemas = schemas();
    let outputs = story().outputs;
    assert_valid(&schemas, &outputs);
    assert_valid(&schemas, &odd().outputs);
    let seen: BTreeSet<&str> = outputs.iter().map(|output| output.schema).collect();
    let known: BTreeSet<&str> = schemas.keys().map(String::as_str).filter(|name| !ELSEWHERE.contains(name)).collect();
    assert_eq!(seen, known, "every schema has an output that was held to it");
    hold_examples(&outputs);
}

/// The checks above can fail: a member more, one less, and a digest that is none are all noticed.
#[test]
fn schemas_notice_what_they_should() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let good = json!({
        "reference": "localhost:5000/app:1", "digest": digest, "size": 1, "mediaType": "a/b", "status": "current",
        "bytesReceived": 0, "retries": 0, "seconds": 0.5,
    });
    let validator = validator(&schemas()["pull"]);
    assert!(validator.is_valid(&good));
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    for bad in [
        with("new", 1.into()),
        with("digest", "sha256:0".into()),
        with("status", "fine".into()),
        with("seconds", "1".into()),
        with("reference", "app".into()),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
    for name in good.as_object().expect("an object").keys() {
        let mut less = good.clone();
        less.as_object_mut().expect("an object").remove(name);
        assert!(!validator.is_valid(&less), "without {name}");
    }
}

/// A new member has to change a schema, and a shared definition is the same everywhere.
#[test]
fn schemas_are_closed_and_agree() {
    fn closed(schema: &Value, place: &str) {
        match schema {
            Value::Object(members) => {
                if members.contains_key("properties") && members.get("type") == Some(&"object".into()) {
                    let is_closed = |word| members.get(word) == Some(&false.into());
                    assert!(is_closed("additionalProperties") || is_closed("unevaluatedProperties"), "{place}");
                }
                members.iter().filter(|(name, _)| !OPEN.contains(&name.as_str())).for_each(|(name, value)| {
                    closed(value, &format!("{place}/{name}"));
                });
            }
            Value::Array(values) => values.iter().for_each(|value| closed(value, place)),
            _ => {}
        }
    }
    let mut definitions: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(jsonschema::meta::is_valid(&schema), "{name} is no schema");
        closed(&schema, &name);
        for (defined, value) in schema["$defs"].as_object().into_iter().flatten() {
            let (other, known) = definitions.entry(defined.clone()).or_insert_with(|| (name.clone(), value.clone()));
            assert_eq!(known, value, "`{defined}` in {other} and {name}");
        }
    }
}

/// The page of the examples, up to the first and after the last of them.
const BEGIN: &str = "<!-- examples: written by `RPUSH_REWRITE=1 cargo test --test suite json` -->\n";
const END: &str = "<!-- end of the examples -->\n";

/// The first output of each schema stands in the documents.
fn hold_examples(outputs: &[Output]) {
    let mut shown = BTreeSet::new();
    let schemas = schemas();
    let mut text = String::new();
    for output in outputs.iter().filter(|output| shown.insert(output.schema)) {
        let title = schemas[output.schema]["title"].as_str().expect("a schema has a title");
        let value = readable(output.values[0].clone());
        text += &format!(
            "\n### {0}\n\n{title}. Schema: [{0}.schema.json](schemas/{0}.schema.json).\n\n```console\n$ {1}\n```\n\n```json\n{2}\n```\n",
            output.schema,
            output.command,
            serde_json::to_string_pretty(&value).expect("JSON"),
        );
    }
    let path = project("docs/json.md");
    let page = fs::read_to_string(&path).expect("docs/json.md");
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the examples");
    let (_, after) = rest.split_once(END).expect("the examples have an end");
    let wanted = format!("{before}{BEGIN}{text}\n{END}{after}");
    if std::env::var_os("RPUSH_REWRITE").is_some() {
        fs::write(&path, &wanted).expect("written");
    }
    let page = fs::read_to_string(&path).expect("docs/json.md");
    assert!(page == wanted, "docs/json.md is not what the commands print; `RPUSH_REWRITE=1` writes it anew:\n{text}");
}

/// The same with numbers and texts that differ from run to run made equal.
fn readable(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = match name.as_str() {
                    "seconds" => json!(0.25),
                    "milliseconds" => json!(1),
                    "secondsAhead" => json!(0),
                    "CreatedSince" => json!("2 hours ago"),
                    "pieces" => in_order(value),
                    "summary" => without_time(&value).into(),
                    _ => readable(value),
                };
                (name, value)
            })
            .collect(),
        Value::Array(values) => values.into_iter().map(readable).collect(),
        Value::String(text) => {
            without_port(&text.replace(concat!("rpush/", env!("CARGO_PKG_VERSION")), "rpush")).into()
        }
        other => other,
    }
}

/// `127.0.0.1:5000 in 3 ms`.
fn without_time(summary: &Value) -> String {
    let text = summary.as_str().expect("a summary is a text");
    let text = match text.rsplit_once(" in ") {
        Some((address, time)) if time.ends_with(" ms") => format!("{address} in 1 ms"),
        _ => text.to_owned(),
    };
    without_port(&text)
}

/// Pieces end in no order.
fn in_order(pieces: Value) -> Value {
    let mut pieces: Vec<Value> = pieces.as_array().expect("pieces").iter().cloned().map(readable).collect();
    pieces.sort_by_key(|piece| piece["digest"].to_string());
    pieces.into()
}

/// `localhost:5000` for whatever the port was.
fn without_port(text: &str) -> String {
    let mut text = text.to_owned();
    for host in ["localhost:", "127.0.0.1:"] {
        let parts: Vec<&str> = text.split(host).collect();
        let named = parts[1..].iter().map(|rest| match rest.trim_start_matches(|c: char| c.is_ascii_digit()) {
            after if after.len() < rest.len() => format!("{host}5000{after}"),
            _ => format!("{host}{rest}"),
        });
        text = std::iter::once(parts[0].to_owned()).chain(named).collect();
    }
    text
}
