//! TLS, from the command line to the registry in the box and back: which certificates are trusted, and what is said about
//! those that are not.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rpush::image::Digest;
use rpush::server::{Background, Config, Tls};
use serde_json::{Value, json};
use tempfile::TempDir;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A home, an image in it, and certificates.
struct Sandbox(TempDir);

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().expect("a directory"));
        sandbox.image();
        sandbox
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A layout with one image.
    fn image(&self) {
        let blob = |media_type: &str, bytes: &[u8]| {
            let digest = Digest::of(bytes);
            let path = self.path("image/blobs/sha256").join(digest.hex().to_string());
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, bytes).expect("written");
            json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
        };
        let config = json!({
            "architecture": "amd64", "os": "linux",
            "rootfs": { "type": "layers", "diff_ids": [Digest::of(b"layer")] },
        });
        let config = blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        let layer = blob("application/vnd.oci.image.layer.v1.tar", b"layer");
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
        let root = blob(MANIFEST, manifest.to_string().as_bytes());
        self.document("image/index.json", &json!({ "schemaVersion": 2, "manifests": [root] }));
        self.document("image/oci-layout", &json!({ "imageLayoutVersion": "1.0.0" }));
    }

    fn document(&self, name: &str, document: &Value) {
        fs::write(self.path(name), document.to_string()).expect("written");
    }

    /// An authority, whose certificate goes to `NAME.pem`.
    fn authority(&self, name: &str) -> Issuer<'static, KeyPair> {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        fs::write(self.path(&format!("{name}.pem")), certificate.pem()).expect("written");
        Issuer::new(params, key)
    }

    /// A registry with a certificate for `name`.
    fn registry(&self, name: &str, authority: &Issuer<'static, KeyPair>) -> Background {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, authority).expect("a certificate");
        let (chain, secret) = (self.path("registry.pem"), self.path("registry.key"));
        fs::write(&chain, certificate.pem()).expect("written");
        fs::write(&secret, key.serialize_pem()).expect("written");
        let tls = Tls::from_files(&chain, &secret).expect("a certificate and its key");
        Background::start(Config { tls: Some(tls), ..Config::default() }).expect("a registry")
    }

    fn rpush(&self, words: &[&str]) -> Command {
        let mut command = Command::cargo_bin("rpush").expect("built");
        command.env_clear().env("HOME", self.0.path()).env("RPUSH_STORE", self.path("store")).args(words);
        command
    }

    /// Pushes, and gives the exit code and what was said.
    fn push(&self, registry: &Background, options: &[&str]) -> (Option<i32>, String) {
        let source = format!("oci:{}", self.path("image").display());
        let target = format!("localhost:{}/app:1", registry.address().port());
        let words = [&["push", "--retry", "0", "--from", &source, &target], options].concat();
        let output = self.rpush(&words).output().expect("runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

#[test]
fn an_image_goes_over_tls_and_comes_back() {
    let sandbox = Sandbox::new();
    let authority = sandbox.authority("authority");
    let registry = sandbox.registry("localhost", &authority);
    let file = sandbox.path("authority.pem");
    let (code, said) = sandbox.push(&registry, &["--ca-file", text(&file)]);
    assert_eq!(code, Some(0), "{said}");
    let name = format!("localhost:{}/app:1", registry.address().port());
    let pull = sandbox.rpush(&["pull", "-q", "--ca-file", text(&file), &name]).output().expect("runs");
    assert!(pull.status.success(), "{}", String::from_utf8_lossy(&pull.stderr));
    // On this machine a certificate need not be trusted; and where it is said, nowhere.
    for options in [&[][..], &["--insecure"]] {
        assert_eq!(sandbox.push(&registry, options).0, Some(0), "{options:?}");
    }
    let (code, said) = sandbox.push(&registry, &["--plain-http"]);
    assert_eq!(code, Some(5), "{said}");
}

#[test]
fn an_unknown_authority_is_said_with_the_cure() {
    let sandbox = Sandbox::new();
    let registry = sandbox.registry("localhost", &sandbox.authority("authority"));
    sandbox.authority("other");
    let other = sandbox.path("other.pem");
    let (code, said) = sandbox.push(&registry, &["--ca-file", text(&other)]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("because: the certificate cannot be trusted: its authority is unknown\n"), "{said}");
    let hint =
        format!("give the certificate of localhost:{}'s authority with `--ca-file FILE`", registry.address().port());
    assert!(said.contains(&hint), "{said}");
}

/// A certificate that vouches for itself is trusted when it is the one that was given, and else not.
#[test]
fn a_certificate_of_its_own_making_is_its_own_authority() {
    let sandbox = Sandbox::new();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (chain, secret) = (sandbox.path("own.pem"), sandbox.path("own.key"));
    fs::write(&chain, own.cert.pem()).expect("written");
    fs::write(&secret, own.signing_key.serialize_pem()).expect("written");
    let tls = Some(Tls::from_files(&chain, &secret).expect("a certificate and its key"));
    let registry = Background::start(Config { tls, ..Config::default() }).expect("a registry");
    assert_eq!(sandbox.push(&registry, &["--ca-file", text(&chain)]).0, Some(0));
    sandbox.authority("other");
    let (code, said) = sandbox.push(&registry, &["--ca-file", text(&sandbox.path("other.pem"))]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("its authority is unknown"), "{said}");
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let sandbox = Sandbox::new();
    let registry = sandbox.registry("registry.example", &sandbox.authority("authority"));
    let (code, said) = sandbox.push(&registry, &["--ca-file", text(&sandbox.path("authority.pem"))]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("because: the certificate is not for `localhost`, only for `registry.example`\n"), "{said}");
    assert!(said.contains("hint: call the registry by the name in its certificate, `registry.example`"), "{said}");
}

#[test]
fn a_file_without_a_certificate_is_named() {
    let sandbox = Sandbox::new();
    let registry = sandbox.registry("localhost", &sandbox.authority("authority"));
    let empty = sandbox.path("empty.pem");
    fs::write(&empty, "").expect("written");
    let (code, said) = sandbox.push(&registry, &["--ca-file", text(&empty)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("empty.pem") && said.contains("there is no PEM certificate in it"), "{said}");
}
