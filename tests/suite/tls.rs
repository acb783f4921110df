//! TLS, from the command line to the registry in the box and back: which certificates are trusted, and what is said about
//! those that are not.

use rpush::server::{Config, Tls};

use crate::support::{Authority, Image, Layout, Ran, Registry, Sandbox, self_made, shows};

/// A registry that speaks TLS.
fn registry(tls: Tls) -> Registry {
    Registry::start(Config { tls: Some(tls), ..Config::default() })
}

/// Pushes an image with these options.
fn push(sandbox: &Sandbox, registry: &Registry, options: &str) -> Ran {
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("over TLS"));
    layout.name(&root, "1");
    layout.write(&sandbox.path("image"));
    sandbox.rpush(&format!("push -q --retry 0 --from oci:image {options} {}", registry.name("app:1")))
}

#[test]
fn an_image_goes_over_tls_and_comes_back() {
    let sandbox = Sandbox::new();
    let authority = Authority::new(&sandbox, "authority");
    let registry = registry(authority.vouch(&sandbox, "localhost"));
    let pushed = push(&sandbox, &registry, &format!("--ca-file {}", authority.file));
    assert_eq!(pushed.code, 0, "{pushed}");
    let name = registry.name("app:1");
    sandbox.ok(&format!("pull --ca-file {} {name}", authority.file));
    // On this machine a certificate need not be trusted; and where it is said, nowhere.
    for options in ["", "--insecure"] {
        assert_eq!(push(&sandbox, &registry, options).code, 0, "{options}");
    }
    shows!(push(&sandbox, &registry, "--plain-http"), @"
    $ rpush push -q --retry 0 --from oci:image --plain-http localhost:PORT/app:1
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the server does not answer in HTTP; it may want HTTPS
    !
    ! hint: if localhost:PORT speaks HTTPS, leave out `--plain-http`, also in the configuration file
    exit code 5
    ");
}

#[test]
fn an_unknown_authority_is_said_with_the_cure() {
    let sandbox = Sandbox::new();
    let registry = registry(Authority::new(&sandbox, "authority").vouch(&sandbox, "localhost"));
    Authority::new(&sandbox, "other");
    shows!(push(&sandbox, &registry, "--ca-file other.pem"), @"
    $ rpush push -q --retry 0 --from oci:image --ca-file other.pem localhost:PORT/app:1
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the certificate cannot be trusted: its authority is unknown
    !
    ! hint: give the certificate of localhost:PORT's authority with `--ca-file FILE`, or do without verification: `--insecure`
    exit code 5
    ");
}

/// A certificate that vouches for itself is trusted when it is the one that was given, and else not.
#[test]
fn a_certificate_of_its_own_making_is_its_own_authority() {
    let sandbox = Sandbox::new();
    let (tls, file) = self_made(&sandbox);
    let registry = registry(tls);
    assert_eq!(push(&sandbox, &registry, &format!("--ca-file {file}")).code, 0);
    let other = Authority::new(&sandbox, "other");
    assert_eq!(push(&sandbox, &registry, &format!("--ca-file {}", other.file)).code, 5);
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let sandbox = Sandbox::new();
    let authority = Authority::new(&sandbox, "authority");
    let registry = registry(authority.vouch(&sandbox, "registry.example"));
    shows!(push(&sandbox, &registry, "--ca-file authority.pem"), @"
    $ rpush push -q --retry 0 --from oci:image --ca-file authority.pem localhost:PORT/app:1
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the certificate cannot be trusted: it is for registry.example, and not for localhost
    !
    ! hint: if it is the same registry, call it by its name, `registry.example:PORT`; or else have a certificate made for `localhost` (subjectAltName)
    exit code 5
    ");
}

#[test]
fn a_file_without_a_certificate_is_named() {
    let sandbox = Sandbox::new();
    let registry = registry(Authority::new(&sandbox, "authority").vouch(&sandbox, "localhost"));
    sandbox.file("empty.pem", "");
    shows!(push(&sandbox, &registry, "--ca-file empty.pem"), @"
    $ rpush push -q --retry 0 --from oci:image --ca-file empty.pem localhost:PORT/app:1
    ! error: cannot read certificates from empty.pem
    ! because: there is no PEM certificate in it
    exit code 1
    ");
}
