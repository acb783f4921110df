//! The order of the places, and what is kept and removed where, with prepared files, helpers and keyrings.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::credentials::Place;
use crate::credentials::helper::tests::{GOOD, install};
use crate::credentials::prepared::{Broken, Memory};

fn host(text: &str) -> Host {
    text.parse().expect("a host")
}

/// A home with a Docker configuration and one helper named `x`.
fn home(config: &str, script: &str) -> (TempDir, Environment) {
    let directory = tempfile::tempdir().expect("a directory");
    let environment = install(directory.path(), "x", script);
    let file = directory.path().join(".docker/config.json");
    fs::create_dir_all(file.parent().expect("a directory")).expect("made");
    fs::write(file, config).expect("written");
    (directory, environment)
}

fn entry(name: &str) -> String {
    use base64::Engine as _;
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("{name}:p"));
    format!(r#"{{"auths":{{"r.example":{{"auth":"{auth}"}}}}}}"#)
}

/// Each place is taken away in turn, and the next one decides.
#[test]
fn places_are_asked_in_the_documented_order() {
    let (directory, mut environment) = home(&entry("docker"), GOOD);
    let at = |name: &str| directory.path().join(name);
    for (path, name) in
        [("named.json", "named"), ("run/containers/auth.json", "run"), ("conf/containers/auth.json", "conf")]
    {
        fs::create_dir_all(at(path).parent().expect("a directory")).expect("made");
        fs::write(at(path), entry(name)).expect("written");
    }
    environment.username = Some("variable".into());
    environment.password = Some("p".into());
    environment.token = Some("token".into());
    environment.docker_auth_config = Some(entry("value").into());
    environment.registry_auth_file = Some(at("named.json"));
    environment.runtime_dir = Some(at("run"));
    environment.config_home = Some(at("conf"));

    let found = |chain: &Chain| {
        let found = chain.lookup(&host("r.example"), None);
        assert_eq!(found.warnings, Vec::<String>::new());
        (found.credential.username().unwrap_or("-").to_owned(), found.origin)
    };
    let explicit = Chain::new(environment.clone()).with_explicit(Credential::basic("explicit", "p"));
    assert_eq!(found(&explicit), ("explicit".into(), Origin::CommandLine));
    assert_eq!(found(&Chain::new(environment.clone())), ("variable".into(), Origin::Variable("RPUSH_USERNAME")));
    (environment.username, environment.password) = (None, None);
    assert_eq!(found(&Chain::new(environment.clone())), ("-".into(), Origin::Variable("RPUSH_TOKEN")));
    environment.token = None;
    let chain = Chain::new(environment.clone());
    assert_eq!(found(&chain), ("value".into(), Origin::Variable("DOCKER_AUTH_CONFIG")));
    assert_eq!(chain.precedence(&host("r.example")), Some(Origin::Variable("DOCKER_AUTH_CONFIG")));
    assert_eq!(chain.precedence(&host("other.example")), None);
    environment.docker_auth_config = None;
    let keyring = Keyring::of(Memory::default());
    keyring.keep("r.example", "keyring", &"p".into()).expect("kept");
    let chain = Chain::new(environment).with_keyring(keyring.clone());
    assert_eq!(found(&chain), ("named".into(), Origin::File(at("named.json"))));
    fs::remove_file(at("named.json")).expect("removed");
    assert_eq!(found(&chain), ("keyring".into(), Origin::Keyring));
    keyring.forget("r.example").expect("forgotten");
    for (name, path) in
        [("docker", ".docker/config.json"), ("run", "run/containers/auth.json"), ("conf", "conf/containers/auth.json")]
    {
        assert_eq!(found(&chain), (name.into(), Origin::File(at(path))));
        fs::remove_file(at(path)).expect("removed");
    }
    assert_eq!(found(&chain), ("-".into(), Origin::Nowhere));
}

/// docker-credential-helpers#60: one broken helper kills even what needs no account.
#[test]
fn a_broken_place_is_a_warning_and_the_next_is_asked() {
    for (config, script, start) in [
        (
            r#"{"credsStore":"x"}"#,
            "cat >/dev/null; echo locked; exit 1",
            "the credential helper `docker-credential-x get` failed",
        ),
        (
            r#"{"credsStore":"x"}"#,
            "cat >/dev/null; echo rubbish",
            "the credential helper `docker-credential-x get` gave",
        ),
        (r#"{"credsStore":"y"}"#, GOOD, "the credential helper `docker-credential-y` is not installed"),
        ("{", GOOD, " is not a JSON object: EOF"),
        (r#"{"auths":{"r.example":{"auth":"?"}}}"#, GOOD, "the entry for `r.example` is broken"),
    ] {
        let (directory, mut environment) = home(config, script);
        let anonymous = Chain::new(environment.clone()).lookup(&host("r.example"), None);
        assert_eq!((anonymous.credential, anonymous.origin), (Credential::Anonymous, Origin::Nowhere));
        let [warning] = &anonymous.warnings[..] else { panic!("one warning: {:?}", anonymous.warnings) };
        let file = directory.path().join(".docker/config.json").display().to_string();
        assert!(warning.starts_with(&file) && warning.contains(start), "{warning}");

        environment.runtime_dir = Some(directory.path().to_owned());
        fs::create_dir_all(directory.path().join("containers")).expect("made");
        fs::write(directory.path().join("containers/auth.json"), entry("podman")).expect("written");
        let next = Chain::new(environment).lookup(&host("r.example"), None);
        assert_eq!((next.credential.username(), next.warnings.len()), (Some("podman"), 1));
    }
}

/// Docker's CVE-2021-41092: what is kept for one host is not sent to another one.
#[test]
fn cve_2021_41092_a_credential_belongs_to_one_host() {
    let (_directory, environment) = home(&entry("alice"), GOOD);
    let chain = Chain::new(environment);
    for other in ["docker.io", "r.example:5000", "sub.r.example", "r.example.evil"] {
        assert_eq!(chain.lookup(&host(other), None).credential, Credential::Anonymous, "{other}");
    }
}

#[test]
fn half_an_account_in_variables_is_told() {
    let environment = Environment { username: Some("alice".into()), ..Environment::default() };
    let found = Chain::new(environment).lookup(&host("r.example"), None);
    assert_eq!(found.warnings, ["one of `RPUSH_USERNAME` and `RPUSH_PASSWORD` is set without the other"]);
}

#[test]
fn what_is_stored_is_found_and_erased() {
    let secrets = [Credential::basic("alice", "p"), Credential::IdentityToken("refresh".into())];
    let (file, helper) = (Place::File, Place::Helper("x".into()));
    for (config, place) in [
        ("{}", &file),
        (r#"{"credsStore":"x"}"#, &file),
        (r#"{"credHelpers":{"r.example":"x"}}"#, &file),
        ("{}", &helper),
        (r#"{"credsStore":"x"}"#, &helper),
        (r#"{"credsStore":"y","credHelpers":{"r.example":"z"}}"#, &helper),
        ("{}", &Place::Keyring),
        (r#"{"credsStore":"x"}"#, &Place::Keyring),
    ] {
        for credential in &secrets {
            let (_directory, environment) = home(config, GOOD);
            let chain = Chain::new(environment).with_keyring(Keyring::of(Memory::default()));
            let stored = chain.store(&host("r.example"), "alice", credential, place).expect("stored");
            assert_eq!((stored.plain_text, Place::of(&stored.origin).as_ref()), (*place == file, Some(place)));
            let found = chain.lookup(&host("r.example"), None);
            assert_eq!((&found.credential, &found.origin), (credential, &stored.origin));
            assert_eq!(chain.erase(&host("r.example")).expect("erased"), [stored.origin]);
            assert_eq!(chain.lookup(&host("r.example"), None).credential, Credential::Anonymous);
            assert_eq!(chain.erase(&host("r.example")).expect("nothing to erase"), []);
        }
    }
}

#[test]
fn a_helper_takes_the_place_of_plain_text() {
    let config = entry("old").replacen('{', r#"{"credsStore":"x","#, 1);
    let (directory, environment) = home(&config, GOOD);
    let credential = Credential::basic("alice", "new");
    Chain::new(environment)
        .store(&host("r.example"), "alice", &credential, &Place::Helper("x".into()))
        .expect("stored");
    let text = fs::read_to_string(directory.path().join(".docker/config.json")).expect("there");
    assert_eq!(text, "{\n\t\"credsStore\": \"x\",\n\t\"auths\": {\n\t\t\"r.example\": {}\n\t}\n}");
}

#[test]
fn storing_fails_rather_than_pretends() {
    let store = |config: &str, script: &str, credential: &Credential, username: &str| {
        let (directory, environment) = home(config, script);
        let chain = Chain::new(environment);
        let place = if config.contains('x') || config.contains('y') {
            chain.place(&host("r.example"))
        } else {
            Ok(Place::File)
        };
        let result = chain.store(&host("r.example"), username, credential, &place.expect("a place"));
        let text = fs::read_to_string(directory.path().join(".docker/config.json")).expect("there");
        assert_eq!(text, config, "untouched");
        result.expect_err("not stored").to_string()
    };
    let basic = Credential::basic("alice", "p");
    assert!(store("{", GOOD, &basic, "alice").ends_with("is not a JSON object"));
    assert!(store(r#"{"credsStore":"y"}"#, GOOD, &basic, "alice").ends_with("is not installed"));
    assert!(store(r#"{"credsStore":"x"}"#, "cat >/dev/null; echo full; exit 1", &basic, "alice").ends_with(": full"));
    assert_eq!(store("{}", GOOD, &basic, "al:ice"), "a username cannot have a colon in it");
    assert!(store("{}", GOOD, &Credential::Anonymous, "").ends_with("cannot keep this kind of credential"));
    let nowhere = Chain::new(Environment::default()).store(&host("r.example"), "alice", &basic, &Place::File);
    assert!(matches!(nowhere, Err(Error::NoPlace)));
}

/// `docker logout` succeeds while its helper fails.
#[test]
fn an_erasure_that_fails_is_an_error_and_the_others_happen() {
    let config = entry("old").replacen('{', r#"{"credsStore":"x","#, 1);
    let (directory, environment) = home(&config, "cat >/dev/null; echo locked; exit 1");
    let error = Chain::new(environment).erase(&host("r.example")).expect_err("not erased");
    assert_eq!(error.to_string(), "cannot remove the credentials of r.example from the helper docker-credential-x");
    let file = directory.path().join(".docker/config.json");
    assert!(matches!(error, Error::NotErased { removed, .. } if removed == [Origin::File(file.clone())]));
    assert!(fs::read_to_string(file).expect("there").contains("\"auths\": {}"));
}

/// What Docker has for a host stays where Docker finds it; anything else goes to the keyring.
#[test]
fn a_new_account_goes_where_the_old_one_is() {
    for (config, place) in [
        ("{}", Place::Keyring),
        ("{", Place::Keyring),
        (r#"{"auths":{"r.example":{}}}"#, Place::Keyring),
        (r#"{"auths":{"r.example":{"auth":"YTpi"}}}"#, Place::File),
        (r#"{"auths":{"other.example":{"auth":"YTpi"}}}"#, Place::Keyring),
        (r#"{"credsStore":"x"}"#, Place::Helper("x".into())),
        (r#"{"credHelpers":{"other.example":"x"}}"#, Place::Keyring),
        (r#"{"credsStore":"rpush"}"#, Place::Keyring),
    ] {
        let (_directory, mut environment) = home(config, GOOD);
        let chain = |environment: &Environment, keyring| Chain::new(environment.clone()).with_keyring(keyring);
        let found = chain(&environment, Keyring::of(Memory::default())).place(&host("r.example"));
        assert_eq!(found.as_ref(), Ok(&place), "{config}");
        let without = chain(&environment, Keyring::of(Broken::absent())).place(&host("r.example"));
        assert_eq!(without.is_ok(), place != Place::Keyring, "{config}");
        environment.registry_auth_file = Some("/nowhere/auth.json".into());
        assert_eq!(Chain::new(environment).place(&host("r.example")), Ok(Place::File));
    }
}

/// The keyring is asked first, so an older account there would win over what was just stored.
#[test]
fn storing_elsewhere_takes_the_old_account_out_of_the_keyring() {
    let (_directory, environment) = home("{}", GOOD);
    let keyring = Keyring::of(Memory::default());
    let chain = Chain::new(environment).with_keyring(keyring.clone());
    for place in [Place::File, Place::Helper("x".into())] {
        keyring.keep("r.example", "old", &"p".into()).expect("kept");
        keyring.keep("r.example/team", "team", &"p".into()).expect("kept");
        chain.store(&host("r.example"), "new", &Credential::basic("new", "p"), &place).expect("stored");
        assert_eq!(chain.lookup(&host("r.example"), None).credential.username(), Some("new"), "{place:?}");
    }
    assert_eq!(keyring.list().expect("a list").into_keys().collect::<Vec<_>>(), ["r.example/team"]);
}

/// A mirror is not told what was said to the registry whose content it has.
#[test]
fn what_names_no_host_is_for_the_host_that_was_typed() {
    let (_directory, mut environment) = home(&entry("docker"), GOOD);
    environment.token = Some("t".into());
    let account = Environment { username: Some("typed".into()), password: Some("p".into()), ..environment.clone() };
    let given = Chain::new(environment.clone()).with_explicit(Credential::basic("typed", "p"));
    for chain in [given, Chain::new(environment), Chain::new(account)] {
        let lookup = |chain: &Chain, at| chain.lookup(&host(at), None).credential.username().map(str::to_owned);
        assert_ne!(lookup(&chain, "r.example").as_deref(), Some("docker"));
        let others = chain.for_other_hosts();
        assert_eq!(lookup(&others, "r.example").as_deref(), Some("docker"), "what names a host is for that host");
        assert_eq!(others.lookup(&host("mirror.example"), None).credential, Credential::Anonymous);
    }
}

/// In CI there is none, and nobody wants to be told at every push; one that does not open is told.
#[test]
fn a_keyring_that_does_not_answer_is_passed_over() {
    let (_directory, environment) = home(&entry("docker"), GOOD);
    let chain = |keyring| Chain::new(environment.clone()).with_keyring(Keyring::of(keyring));
    let absent = chain(Broken::absent()).lookup(&host("r.example"), None);
    assert_eq!((absent.credential.username(), absent.warnings.len()), (Some("docker"), 0));
    let locked = chain(Broken::locked()).lookup(&host("r.example"), None);
    assert_eq!(locked.credential.username(), Some("docker"));
    assert_eq!(locked.warnings, ["the keyring does not open: locked"]);

    let error = chain(Broken::locked()).erase(&host("r.example")).expect_err("it may still be there");
    assert_eq!(error.to_string(), "cannot remove the credentials of r.example from the keyring");
    assert_eq!(chain(Broken::absent()).erase(&host("r.example")).expect("nothing there"), []);
}

#[test]
fn a_place_has_a_name() {
    for (name, place) in [
        ("keyring", Place::Keyring),
        ("rpush", Place::Keyring),
        ("file", Place::File),
        ("pass", Place::Helper("pass".into())),
        ("docker-credential-pass", Place::Helper("pass".into())),
    ] {
        assert_eq!(name.parse::<Place>().expect("a place"), place);
    }
    for name in ["", "../evil"] {
        assert!(name.parse::<Place>().is_err(), "{name}");
    }
}
