//! The pipelines of `docs/ci` are read as YAML and their steps are run, as the systems would run them, against stand-ins for the
//! registries that they name.

use std::fs;

use yaml_rust2::{Yaml, YamlLoader};

use super::world::{PASSWORD, World};
use super::{project, text};

/// The members that hold commands, in the order in which a system runs them.
const SCRIPTS: [&str; 5] = ["before_script", "script", "run", "commands", "after_script"];

/// The members that hold variables.
const VARIABLES: [&str; 3] = ["env", "environment", "variables"];

fn yaml(name: &str) -> Yaml {
    let mut documents = YamlLoader::load_from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

/// Every piece of shell and every variable in a pipeline, in their order.
#[derive(Default)]
struct Found {
    variables: Vec<(String, String)>,
    scripts: Vec<String>,
}

impl Found {
    fn collect(&mut self, node: &Yaml) {
        match node {
            Yaml::Array(nodes) => nodes.iter().for_each(|node| self.collect(node)),
            Yaml::Hash(members) => {
                for (key, value) in members {
                    match key.as_str() {
                        Some(key) if VARIABLES.contains(&key) => self.collect_variables(value),
                        Some(key) if SCRIPTS.contains(&key) => self.collect_scripts(value),
                        _ => self.collect(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn collect_scripts(&mut self, value: &Yaml) {
        match value {
            Yaml::Array(lines) => lines.iter().for_each(|line| self.collect_scripts(line)),
            line => self.scripts.push(line.as_str().expect("a script is text").to_owned()),
        }
    }

    /// `NAME: value`, or a list of `{name, value}`. What comes from a secret has no value here.
    fn collect_variables(&mut self, value: &Yaml) {
        let mut add = |name: &Yaml, value: &Yaml| {
            if let (Some(name), Some(value)) = (name.as_str(), value.as_str()) {
                self.variables.push((name.to_owned(), value.to_owned()));
            }
        };
        match value {
            Yaml::Hash(members) => members.iter().for_each(|(name, value)| add(name, value)),
            Yaml::Array(list) => list.iter().for_each(|entry| add(&entry["name"], &entry["value"])),
            other => panic!("variables are a list or a table: {other:?}"),
        }
    }
}

/// Runs the steps of a pipeline, with what its system fills in, and gives the world after it.
fn run(name: &str, given: &[(&str, &str)], filled: &[(&str, &str)]) -> World {
    let mut found = Found::default();
    found.collect(&yaml(name));
    assert!(!found.scripts.is_empty(), "{name} has no scripts");
    let fill = |text: &str| filled.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let mut world = World::of(&fill(&text(name)));
    for (variable, value) in given {
        world.set(variable, value);
    }
    for (variable, value) in &found.variables {
        let (code, printed) = world.type_in(&format!("export {variable}=\"{}\"", fill(value)));
        assert_eq!(code, 0, "{name}: {variable}: {printed}");
    }
    for script in &found.scripts {
        // `sh -e` is what runners give a script to; a variable with `${{ … }}` left in it is an error there.
        let script = world.sandbox.file("step.sh", fill(script));
        let (code, printed) = world.type_in(&format!("sh -eu {script}"));
        assert_eq!(code, 0, "{name}: {script}\n{printed}");
    }
    world
}

/// The digest that was left is that of what the registry has.
fn assert_pushed(mut world: World, image: &str, file: &str) {
    let written = fs::read_to_string(world.sandbox.path(file)).expect("a file with the digest");
    let (code, printed) =
        world.type_in(&format!("rpush inspect --remote --format '{{{{.Descriptor.digest}}}}' {image}"));
    assert_eq!(code, 0, "{printed}");
    let digest = printed.trim();
    assert!(digest.starts_with("sha256:") && written.contains(digest), "{written} for {digest}");
}

const ACCOUNT: [(&str, &str); 2] = [("RPUSH_USERNAME", "ci"), ("RPUSH_PASSWORD", PASSWORD)];

/// What `curl …/install.sh | sh` would do was done already: rpush is here.
const INSTALLED: (&str, &str) =
    ("curl -fsSL \"$RPUSH_RELEASES/install.sh\" | PREFIX=\"$HOME/.local\" sh", "rpush --version");

#[test]
fn github_actions() {
    let filled = [
        INSTALLED,
        ("${{ github.repository }}", "alice/app"),
        ("${{ github.ref_name }}", "v1.2.0"),
        ("${{ github.actor }}", "alice"),
        ("${{ secrets.GITHUB_TOKEN }}", PASSWORD),
        ("${{ vars.RPUSH_RELEASES }}", "https://registry.example/releases"),
    ];
    let world = run("docs/ci/github-actions.yml", &[("GITHUB_PATH", "path"), ("GITHUB_OUTPUT", "output")], &filled);
    let output = fs::read_to_string(world.sandbox.path("output")).expect("an output");
    assert!(output.starts_with("digest=") && output.contains("sha256:"), "{output}");
    assert_pushed(world, "ghcr.io/alice/app:latest", "digest");
}

#[test]
fn gitlab_ci() {
    let given = [
        ("CI_REGISTRY_IMAGE", "registry.gitlab.com/alice/app"),
        ("CI_COMMIT_SHORT_SHA", "0f0534c1"),
        ("CI_REGISTRY_USER", "gitlab-ci-token"),
        ("CI_REGISTRY_PASSWORD", PASSWORD),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_DEFAULT_BRANCH", "main"),
    ];
    // The text of the pipeline names the registry only by its variable.
    let world = run("docs/ci/gitlab-ci.yml", &given, &[("$CI_REGISTRY_IMAGE", "registry.gitlab.com/alice/app")]);
    assert_pushed(world, "registry.gitlab.com/alice/app:latest", "digest");
}

#[test]
fn tekton() {
    let filled = [
        ("$(params.image)", "registry.example/app:1"),
        ("$(params.secret)", "registry"),
        ("$(workspaces.source.path)", "."),
        ("$(results.digest.path)", "result"),
        ("value: /tekton/home", "value: home"),
        ("/tekton/home", "home"),
    ];
    let world = run("docs/ci/tekton.yaml", &ACCOUNT, &filled);
    assert!(!fs::read_to_string(world.sandbox.path("result")).expect("a result").ends_with('\n'));
    assert_pushed(world, "registry.example/app:1", "result");
}

#[test]
fn drone() {
    let given = [ACCOUNT[0], ACCOUNT[1], ("DRONE_BUILD_NUMBER", "7")];
    assert_pushed(run("docs/ci/drone.yml", &given, &[]), "registry.example/app:7", "digest");
}

#[test]
fn jenkins() {
    let pipeline = text("docs/ci/Jenkinsfile");
    let script = pipeline.split("'''").nth(1).expect("a script in three quotes");
    let opened = pipeline.matches(['{', '(', '[']).count();
    assert_eq!(opened, pipeline.matches(['}', ')', ']']).count(), "brackets are closed");
    let mut world = World::of(&pipeline);
    for (name, value) in [ACCOUNT[0], ACCOUNT[1], ("BUILD_NUMBER", "12"), ("IMAGE", "registry.example/app")] {
        world.set(name, value);
    }
    let script = world.sandbox.file("step.sh", script);
    let (code, printed) = world.type_in(&format!("sh -xe {script}"));
    assert_eq!(code, 0, "{printed}");
    assert_pushed(world, "registry.example/app:12", "digest");
}

#[test]
fn plain_shell() {
    let script = project("docs/ci/push.sh");
    let mut world = World::of(&(text("docs/ci/push.sh")));
    for (name, value) in [ACCOUNT[0], ACCOUNT[1], ("IMAGE", "registry.example/app:1")] {
        world.set(name, value);
    }
    let (code, printed) = world.type_in(&format!("sh {}", script.display()));
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("registry.example/app:1@sha256:"), "{printed}");
    assert_pushed(world, "registry.example/app:1", "digest");
}

/// A registry that does not answer is worth another try, and one that says no is not.
#[test]
fn the_script_tries_again_what_is_worth_it() {
    let mut world = World::of(&text("docs/ci/push.sh"));
    world.sandbox.program("sleep", "#!/bin/sh\necho slept \"$@\"\n");
    world.set("RPUSH_RETRY", "0");
    world.set("RPUSH_USERNAME", "ci");
    world.set("RPUSH_PASSWORD", "wrong");
    world.set("IMAGE", "registry.example/app:1");
    let script = format!("sh {}", project("docs/ci/push.sh").display());
    let (code, printed) = world.type_in(&script);
    assert!(code == 4 && !printed.contains("slept"), "{code}: {printed}");
    // The proxy leads nowhere under this name.
    world.set("IMAGE", "away.example/app:1");
    let (code, printed) = world.type_in(&script);
    assert_eq!((code, printed.matches("slept").count()), (5, 3), "{printed}");
}

#[test]
fn yaml_of_workflows_is_yaml() {
    let release = yaml(".github/workflows/release.yml");
    let jobs = release["jobs"].as_hash().expect("jobs");
    assert!(jobs.len() > 1);
}
