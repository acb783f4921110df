//! `config.json` as Docker writes it, as people write it, and as it is changed.

use super::*;

fn host(text: &str) -> Host {
    text.parse().expect("a host")
}

fn config(text: &str) -> DockerConfig {
    DockerConfig::parse(text.as_bytes(), &Origin::Nowhere).expect("JSON")
}

fn name_in(config: &DockerConfig, host_text: &str, repository: Option<&str>) -> Option<String> {
    let repository = repository.map(|name| name.parse().expect("a name"));
    let credential = config.credential(&host(host_text), repository.as_ref()).expect("a sound entry")?;
    credential.username().map(str::to_owned)
}

/// Docker's way to find hosts, and Podman's to find namespaces.
#[test]
fn the_nearest_entry_decides() {
    let entry = |key: &str, name: &str| format!(r#""{key}":{{"auth":"{}"}}"#, STANDARD.encode(format!("{name}:p")));
    let config = config(&format!(
        r#"{{"auths":{{{}}}}}"#,
        [
            entry("https://r.example/v1/", "old"),
            entry("r.example", "host"),
            entry("r.example/team", "team"),
            entry("r.example/team/app", "app"),
            entry("https://localhost:5101/v1/", "url"),
            entry("docker.io", "podman"),
            entry("https://index.docker.io/v1/", "hub"),
            entry("alone.example/team", "scoped"),
            r#""marked.example":{}"#.to_owned(),
        ]
        .join(",")
    ));
    for (at, repository, name) in [
        ("r.example", None, Some("host")),
        ("r.example", Some("other/app"), Some("host")),
        ("r.example", Some("team/lib"), Some("team")),
        ("r.example", Some("team/app"), Some("app")),
        ("r.example", Some("team/app/part"), Some("app")),
        ("r.example", Some("teammate/app"), Some("host")),
        ("r.example:443", None, None),
        ("localhost:5101", None, Some("url")),
        ("localhost", None, None),
        ("docker.io", Some("library/ubuntu"), Some("hub")),
        ("alone.example", Some("other/app"), None),
        ("marked.example", None, None),
    ] {
        assert_eq!(name_in(&config, at, repository).as_deref(), name, "{at} {repository:?}");
    }
}

#[test]
fn every_kind_of_entry_is_read() {
    let config = config(
        r#"{"auths":{
            "pair":{"auth":"YWxpY2U6YTpi"}, "unpadded":{"auth":"YTpi"}, "nul":{"auth":"YTpiAAA="},
            "plain":{"username":"bob","password":"p"}, "identity":{"auth":"YWxpY2U6","identitytoken":"refresh"},
            "registry":{"registrytoken":"bearer"}, "both":{"auth":"YWxpY2U6YTpi","username":"x","password":"y"},
            "token":{"auth":"PHRva2VuPjp0"}, "empty":{"auth":""}, "odd":7}}"#,
    );
    for (key, credential) in [
        ("pair", Some(Credential::basic("alice", "a:b"))),
        ("unpadded", Some(Credential::basic("a", "b"))),
        ("nul", Some(Credential::basic("a", "b"))),
        ("plain", Some(Credential::basic("bob", "p"))),
        ("identity", Some(Credential::IdentityToken("refresh".into()))),
        ("registry", Some(Credential::RegistryToken("bearer".into()))),
        ("both", Some(Credential::basic("alice", "a:b"))),
        ("token", Some(Credential::IdentityToken("t".into()))),
        ("empty", None),
        ("odd", None),
    ] {
        assert_eq!(config.credential(&host(key), None).expect("a sound entry"), credential, "{key}");
    }
}

#[test]
fn a_broken_entry_is_told_without_its_content() {
    for auth in ["s3cret!", "czNjcmV0", "/////w=="] {
        let config = config(&format!(r#"{{"auths":{{"r.example":{{"auth":"{auth}"}}}}}}"#));
        let words = config.credential(&host("r.example"), None).expect_err("broken").to_string();
        assert!(words.starts_with("the entry for `r.example` is broken: `auth` "), "{words}");
        assert!(!words.contains(auth) && !words.contains("s3cret"), "{words}");
    }
}

#[test]
fn helpers_are_chosen_as_docker_chooses() {
    let config = config(
        r#"{"credsStore":"pass","credHelpers":{"r.example":"ecr-login","none.example":"",
            "https://index.docker.io/v1/":"hub"}}"#,
    );
    for (at, name) in [
        ("r.example", Some("ecr-login")),
        ("other.example", Some("pass")),
        ("none.example", None),
        ("docker.io", Some("hub")),
    ] {
        assert_eq!(config.helper(&host(at)), name, "{at}");
    }
}

/// Docker itself drops members that it does not know.
#[test]
fn what_belongs_to_others_stays_in_its_order() {
    let mut config = config(
        r#"{"zeta":1,"auths":{"b.example":{"email":"x","auth":"YTpi"},"a.example":{"auth":"YTpi"}},"HttpHeaders":{"X":"y"}}"#,
    );
    assert!(config.set(&host("b.example"), "alice", &Credential::IdentityToken("refresh".into())));
    assert_eq!(config.remove(&host("a.example")), Removed::Credential);
    let text = String::from_utf8(config.to_bytes().expect("bytes")).expect("text");
    assert_eq!(
        text,
        "{\n\t\"zeta\": 1,\n\t\"auths\": {\n\t\t\"b.example\": {\n\t\t\t\"email\": \"x\",\n\t\t\t\"auth\": \"YWxpY2U6\",\n\
         \t\t\t\"identitytoken\": \"refresh\"\n\t\t}\n\t},\n\t\"HttpHeaders\": {\n\t\t\"X\": \"y\"\n\t}\n}"
    );
}

/// docker/cli#7326: `docker logout docker.io` leaves the credential.
#[test]
fn removing_leaves_no_key_of_the_host() {
    let mut config = config(
        r#"{"auths":{"https://index.docker.io/v1/":{"auth":"YTpi"},"docker.io":{},"r.example":{},
            "r.example/team":{"auth":"YTpi"}}}"#,
    );
    assert_eq!(config.remove(&Host::docker_hub()), Removed::Credential);
    assert_eq!(config.remove(&host("r.example")), Removed::Mark);
    assert_eq!(config.remove(&host("r.example")), Removed::Nothing);
    assert_eq!(config.auths().expect("auths").keys().collect::<Vec<_>>(), ["r.example/team"]);
}

#[test]
fn a_new_token_keeps_the_name_beside_it() {
    let mut config = config(r#"{"auths":{"r.example":{"auth":"YWxpY2U6","identitytoken":"old"}}}"#);
    assert!(config.set(&host("r.example"), "", &Credential::IdentityToken("new".into())));
    let entry = &config.auths().expect("auths")["r.example"];
    assert_eq!(entry, &serde_json::json!({"auth": "YWxpY2U6", "identitytoken": "new"}));
}

#[test]
fn broken_json_is_an_error_and_stays_as_it_is() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("config.json");
    for text in ["{", "[]", "\"s3cret\""] {
        fs::write(&path, text).expect("written");
        let error = DockerConfig::read(&path).err().expect("an error");
        assert_eq!(error.to_string(), format!("{} is not a JSON object", path.display()));
        let cause = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(!cause.contains("s3cret"), "{cause}");
    }
    assert!(DockerConfig::read(&directory.path().join("config.json/absent")).is_ok());
}

#[cfg(unix)]
#[test]
fn writing_is_private_and_goes_behind_links() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let directory = tempfile::tempdir().expect("a directory");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let real = directory.path().join("new/real.json");
    let link = directory.path().join("config.json");
    symlink("new/real.json", &link).expect("a link");
    let mut config = DockerConfig::default();
    assert!(config.set(&host("r.example"), "alice", &Credential::basic("alice", "p")));
    config.write(&link).expect("written");
    assert_eq!((mode(&real), mode(&directory.path().join("new"))), (0o600, 0o700));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).expect("opened up");
    config.write(&link).expect("written again");
    assert_eq!(mode(&real), 0o600);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_dir(directory.path().join("new")).expect("a directory").count(), 1, "nothing is left over");
    let credential = DockerConfig::read(&link).expect("sound").credential(&host("r.example"), None);
    assert_eq!(credential.expect("sound"), Some(Credential::basic("alice", "p")));
}
