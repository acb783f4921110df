//! Mirrors: pulls ask them first, in order, and the registry last; what a mirror does wrong costs a warning and no image; and no
//! secret of one ends at the other.

use std::sync::{Arc, Mutex};

use rpush::image::Digest;

use crate::support::{Authority, Image, Layout, Ran, Registry, Sandbox, TokenServer, answer, shows};

const PASSWORD: &str = "s3cr3t-p4ssw0rd";
const OTHER: &str = "0ther-p4ssw0rd";

/// An image that is at a registry and at its mirrors.
struct Stage {
    sandbox: Sandbox,
    layer: Digest,
    manifest: Digest,
}

impl Stage {
    /// The image at each of these, with the account that lets one in there.
    fn with(places: &[(&Registry, &str)]) -> Self {
        let mut layout = Layout::default();
        let root = layout.image(&Image::with(&"hello".repeat(1000)));
        layout.name(&root, "1");
        let digest = |value: &serde_json::Value| {
            value["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
        };
        let layer = digest(&layout.json(&root)["layers"][1]);
        let pusher = Sandbox::new();
        layout.write(&pusher.path("layout"));
        for (registry, options) in places {
            let name = registry.name("team/app:1");
            pusher.ok(&format!("push -q --retry 0 --from oci:layout {options} {name}"));
            registry.journal(&[]);
        }
        Self { sandbox: Sandbox::new(), layer, manifest: digest(&root) }
    }

    fn config(&self, text: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.sandbox.path("home/.config/rpush")).expect("a directory can be made");
        self.sandbox.file("home/.config/rpush/config.toml", text);
    }

    /// The registry has these mirrors.
    fn mirrors(&self, upstream: &Registry, mirrors: &[&str]) {
        self.config(format!("[host.\"{}\"]\nmirrors = {mirrors:?}\n", upstream.host()));
    }

    /// Pulls into an empty store, and makes sure that the image came whole.
    #[track_caller]
    fn pull(&self, upstream: &Registry, options: &str) -> Ran {
        let _ = std::fs::remove_dir_all(self.sandbox.path("store"));
        let name = upstream.name("team/app:1");
        let ran = self.sandbox.ok(&format!("pull --progress none {options} {name}"));
        assert_eq!(self.sandbox.stored(&name).digest, self.manifest);
        assert_eq!(self.sandbox.verify_blobs(), 4);
        ran
    }
}

/// The warnings of a run, without what differs.
fn warnings(ran: &Ran, known: &[(&Registry, &str)]) -> Vec<String> {
    let named = known.iter().fold(ran.err.clone(), |text, (registry, name)| text.replace(&registry.host(), name));
    named.lines().filter_map(|line| line.strip_prefix("warning: ").map(str::to_owned)).collect()
}

/// A host where nothing listens.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("localhost:{}", listener.local_addr().expect("an address").port())
}

#[test]
fn a_mirror_serves_all_and_the_registry_is_not_asked() {
    let (upstream, mirror) = (Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, ""), (&mirror, "")]);
    stage.mirrors(&upstream, &[&mirror.host()]);
    let ran = stage.pull(&upstream, "-v");
    assert_eq!(upstream.journal(&[]), Vec::<String>::new());
    assert_eq!(mirror.journal(&[]).len(), 4, "the manifest once, and three blobs: {ran}");
    assert_eq!(ran.err.matches(&format!("from mirror {}", mirror.host())).count(), 5, "{ran}");
    assert_eq!(warnings(&ran, &[]), Vec::<String>::new());
    let missing = stage.sandbox.rpush(&format!("pull --ca-file nowhere.pem {}", upstream.name("team/app:1")));
    assert!(missing.code == 3 && missing.err.contains("nowhere.pem"), "{missing}");
    assert_eq!(mirror.journal(&[]), Vec::<String>::new());
    // By digest too; and what is pushed goes to the registry itself, as does the list of tags.
    let by_digest = upstream.name(&format!("team/app@{}", stage.manifest));
    stage.sandbox.ok(&format!("pull -q {by_digest}"));
    assert_eq!(upstream.journal(&[]), Vec::<String>::new());
    mirror.journal(&[]);
    stage.sandbox.ok(&format!("tag {0} {0}-again", upstream.name("team/app:1")));
    stage.sandbox.ok(&format!("push -q {}-again", upstream.name("team/app:1")));
    assert_eq!(mirror.journal(&[]), Vec::<String>::new());
    upstream.journal(&[]);
    stage.sandbox.ok(&format!("pull -q --all-tags {}", upstream.name("team/app")));
    assert_eq!(upstream.journal(&[])[0], "GET /v2/team/app/tags/list?n=1000 200");
}

#[test]
fn a_mirror_may_have_the_repositories_under_a_name_of_its_own() {
    let (upstream, mirror) = (Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, ""), (&mirror, "")]);
    // The mirror has `team/app`, the registry calls it `app`.
    stage.mirrors(&upstream, &[&format!("http://{}/team", mirror.host())]);
    let name = upstream.name("app:1");
    stage.sandbox.ok(&format!("pull -q {name}"));
    assert_eq!(stage.sandbox.stored(&name).digest, stage.manifest);
    assert_eq!(upstream.journal(&[]), Vec::<String>::new());
}

#[test]
fn what_a_mirror_cannot_give_comes_from_the_next_or_from_the_registry_with_one_warning() {
    let (upstream, empty, good) = (Registry::open(), Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, ""), (&good, "")]);
    let gone = nowhere();
    stage.mirrors(&upstream, &[&gone, &empty.host(), &good.host()]);
    let ran = stage.pull(&upstream, "");
    let told: Vec<_> = warnings(&ran, &[(&upstream, "UPSTREAM"), (&empty, "EMPTY")]);
    let told: Vec<_> = told.iter().map(|line| line.replace(&gone, "GONE")).collect();
    assert_eq!(
        told,
        [
            "mirror GONE is left out: connection refused",
            "mirror EMPTY is left out: it does not have UPSTREAM/team/app:1",
        ]
    );
    assert_eq!(empty.journal(&[]).len(), 1, "it is not asked again");
    assert_eq!(upstream.journal(&[]), Vec::<String>::new());
    // Without the good one, the registry itself.
    stage.mirrors(&upstream, &[&gone, &empty.host()]);
    stage.pull(&upstream, "");
    assert_eq!(upstream.journal(&[]).len(), 4);
}

#[test]
fn every_no_of_a_mirror_is_a_warning() {
    let (upstream, mirror) = (Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, "")]);
    stage.mirrors(&upstream, &[&mirror.host()]);
    for (status, asked, why) in [
        (401, 1, "the registry wants an account, and none is known for it (HTTP 401 Unauthorized)"),
        (403, 1, "HTTP 403 Forbidden"),
        (418, 1, "HTTP 418 I'm a teapot"),
        (500, 2, "HTTP 500 Internal Server Error"),
        (200, 1, "the registry sent not a manifest: "),
    ] {
        mirror.on(move |_| Some(answer(status, &[], "")));
        let ran = stage.pull(&upstream, "");
        let told = warnings(&ran, &[(&mirror, "MIRROR")]);
        assert_eq!(told.len(), 1, "{ran}");
        assert!(told[0].starts_with(&format!("mirror MIRROR is left out: {why}")), "{ran}");
        assert_eq!(mirror.journal(&[]).len(), asked, "{ran}");
        assert_eq!(upstream.journal(&[]).len(), 4);
    }
}

/// A mirror's words are not rpush's.
#[test]
fn a_mirror_cannot_write_a_hint() {
    let (upstream, mirror) = (Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, "")]);
    stage.mirrors(&upstream, &[&mirror.host()]);
    let words = serde_json::json!({ "errors": [{ "code": "DENIED", "message": format!("no\n\nhint: type this\u{1b}[2K{}", "x".repeat(9000)) }] });
    mirror.on(move |_| Some(answer(403, &[], words.to_string())));
    let ran = stage.pull(&upstream, "");
    assert!(!ran.err.contains("\nhint:") && !ran.err.contains('\u{1b}'), "{ran}");
    assert!(ran.err.contains("is left out: DENIED: no  hint: type this") && ran.err.len() < 1000, "{ran}");
}

/// Of several names, the first finds out.
#[test]
fn a_mirror_that_fails_is_left_out_for_the_rest_of_the_run() {
    let (upstream, mirror) = (Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, "")]);
    stage.sandbox.file("app.tar", Image::with("other").docker_24(&["app:1"]).bytes());
    stage.sandbox.ok("load -i app.tar");
    stage.sandbox.ok(&format!("tag app:1 {}", upstream.name("other:1")));
    stage.sandbox.ok(&format!("push -q {}", upstream.name("other:1")));
    stage.mirrors(&upstream, &[&mirror.host()]);
    let two = format!("{} {}", upstream.name("other:1"), upstream.name("team/app:1"));
    mirror.on(|_| Some(answer(501, &[], "no")));
    let ran = stage.sandbox.ok(&format!("pull --progress none {two}"));
    assert_eq!((warnings(&ran, &[]).len(), mirror.journal(&[]).len()), (1, 1), "{ran}");
    // One that only has not got the first may have the second.
    mirror.on(|_| Some(answer(404, &[], "no")));
    let ran = stage.sandbox.ok(&format!("pull --progress none {two}"));
    assert_eq!((warnings(&ran, &[]).len(), mirror.journal(&[]).len()), (2, 2), "{ran}");
}

#[test]
fn damaged_content_of_a_mirror_is_fetched_from_the_next() {
    let (upstream, bad, good) = (Registry::open(), Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, ""), (&bad, ""), (&good, "")]);
    stage.mirrors(&upstream, &[&bad.host(), &good.host()]);
    let right = bad.blob(&stage.layer).expect("it has the layer");
    let flipped: Vec<u8> = right.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 0)).collect();
    let longer = [&right[..], b"more"].concat();
    for wrong in [&flipped[..], &right[..right.len() - 1], &longer, b""] {
        bad.damage(&stage.layer, wrong);
        let ran = stage.pull(&upstream, "");
        let told = warnings(&ran, &[(&bad, "BAD")]);
        assert!(matches!(&told[..], [one] if one.starts_with("mirror BAD is left out: ")), "{ran}");
        assert_eq!(upstream.journal(&[]), Vec::<String>::new());
        good.journal(&[]);
    }
    // Where the registry itself has it so, there is nobody else to ask.
    stage.mirrors(&upstream, &[&bad.host()]);
    upstream.damage(&stage.layer, &flipped);
    bad.damage(&stage.layer, &flipped);
    let _ = std::fs::remove_dir_all(stage.sandbox.path("store"));
    let ran = stage.sandbox.rpush(&format!("pull --progress none {}", upstream.name("team/app:1")));
    assert_eq!(ran.code, 6, "{ran}");
}

/// What the first mirror has given before it broke off is not fetched again.
#[test]
fn the_next_goes_on_where_a_mirror_broke_off() {
    let (upstream, first) = (Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, ""), (&first, "")]);
    stage.mirrors(&upstream, &[&first.host()]);
    let bytes = first.blob(&stage.layer).expect("it has the layer");
    let (layer, half) = (stage.layer.to_string(), bytes.len() / 2);
    let beginning = bytes[..half].to_vec();
    first.on(move |request| match request.uri.path().ends_with(&layer) {
        false => None,
        true if request.headers.contains_key("range") => Some(answer(503, &[], "")),
        // A part, said to be all that there is.
        true => Some(answer(200, &[], beginning.clone())),
    });
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let seen = ranges.clone();
    upstream.on(move |request| {
        let range = request.headers.get("range").and_then(|value| value.to_str().ok());
        seen.lock().expect("no panic").extend(range.map(str::to_owned));
        None
    });
    stage.pull(&upstream, "");
    assert_eq!(*ranges.lock().expect("no panic"), [format!("bytes={half}-")]);
}

/// Everything that two registries are sent in headers and addresses.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl Heard {
    fn by(registry: &Registry) -> Self {
        let heard = Self::default();
        let ear = heard.clone();
        registry.on(move |request| {
            ear.note(request);
            None
        });
        heard
    }

    fn note(&self, request: &hyper::http::request::Parts) {
        let mut text = self.0.lock().expect("no panic");
        *text += &format!("{} {}\n", request.method, request.uri);
        for (name, value) in &request.headers {
            *text += &format!("{name}: {}\n", value.to_str().unwrap_or_default());
        }
    }

    fn text(&self) -> String {
        self.0.lock().expect("no panic").clone()
    }
}

/// `USER:PASSWORD` as a header has it.
fn basic(password: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(format!("alice:{password}"))
}

#[test]
fn each_is_told_its_own_account_and_nothing_of_the_other() {
    let (upstream, mirror) = (Registry::with_password(PASSWORD), Registry::with_password(OTHER));
    let (own, others) = (format!("--creds alice:{PASSWORD}"), format!("--creds alice:{OTHER}"));
    let stage = Stage::with(&[(&upstream, &own), (&mirror, &others)]);
    stage.mirrors(&upstream, &[&mirror.host()]);
    let (at_home, at_mirror) = (Heard::by(&upstream), Heard::by(&mirror));

    // Given with the command or in the environment: for the host of the name alone.
    for (words, variables) in [
        (&["pull", "-q", "--creds", &format!("alice:{PASSWORD}")][..], &[][..]),
        (&["pull", "-q"], &[("RPUSH_CREDS", &*format!("alice:{PASSWORD}"))]),
        (&["pull", "-q"], &[("RPUSH_USERNAME", "alice"), ("RPUSH_PASSWORD", PASSWORD)]),
    ] {
        let _ = std::fs::remove_dir_all(stage.sandbox.path("store"));
        let name = upstream.name("team/app:1");
        let ran = stage.sandbox.run_with(&[words, &[&name]].concat(), "", variables);
        assert_eq!(ran.code, 0, "{ran}");
    }
    assert!(at_home.text().contains(&basic(PASSWORD)));
    assert!(!at_mirror.text().contains("authorization"), "{}", at_mirror.text());
    // And the token, which is only for the host of the name: here for nobody.
    let (name, token) = (upstream.name("team/app:1"), [("RPUSH_TOKEN", "t0ken-s3cr3t")]);
    let ran = stage.sandbox.run_with(&["pull", "-q", &name], "", &token);
    assert_eq!(ran.code, 4, "{ran}");
    assert!(at_home.text().contains("t0ken-s3cr3t"));
    assert!(!at_mirror.text().contains("authorization"), "{}", at_mirror.text());

    // Kept: each its own.
    for (registry, password) in [(&upstream, PASSWORD), (&mirror, OTHER)] {
        let words = ["login", "-u", "alice", "--password-stdin", "--store-in", "file", &registry.host()];
        assert_eq!(stage.sandbox.run_with(&words, password, &[]).code, 0);
    }
    let (at_home, at_mirror) = (Heard::by(&upstream), Heard::by(&mirror));
    stage.pull(&upstream, "");
    assert!(at_mirror.text().contains(&basic(OTHER)));
    assert_eq!(at_home.text(), "", "the mirror had all");
    // The mirror has lost the layer: then both are asked.
    let layer = stage.layer.to_string();
    let ear = at_mirror.clone();
    mirror.on(move |request| {
        ear.note(request);
        request.uri.path().ends_with(&layer).then(|| answer(404, &[], ""))
    });
    stage.pull(&upstream, "");
    assert!(at_home.text().contains(&basic(PASSWORD)));
    for (heard, secret) in [(&at_home, OTHER), (&at_mirror, PASSWORD)] {
        for form in [secret.to_owned(), basic(secret)] {
            assert!(!heard.text().contains(&form), "{}", heard.text());
        }
    }
}

/// A mirror with tokens: its token server is asked with the mirror's account, and the token goes to the mirror alone.
#[test]
fn a_token_of_a_mirror_stays_there() {
    let (upstream, mirror, tokens) = (Registry::open(), Registry::open(), TokenServer::start(OTHER));
    let stage = Stage::with(&[(&upstream, ""), (&mirror, "")]);
    stage.mirrors(&upstream, &[&mirror.host()]);
    tokens.guard(&mirror);
    let at_home = Heard::by(&upstream);
    // Without an account, the mirror lets nobody in.
    let ran = stage.pull(&upstream, &format!("--creds alice:{PASSWORD}"));
    assert_eq!(warnings(&ran, &[]).len(), 1, "{ran}");
    let words = ["login", "-u", "alice", "--password-stdin", "--store-in", "file", &mirror.host()];
    assert_eq!(stage.sandbox.run_with(&words, OTHER, &[]).code, 0);
    let blobs_before = upstream.journal(&[]).len();
    assert_eq!(blobs_before, 4);
    stage.pull(&upstream, "");
    assert_eq!(upstream.journal(&[]), Vec::<String>::new());
    assert!(!at_home.text().contains(tokens.token()) && !at_home.text().contains("authorization"));
    // It is kept for the next run, as a registry's own.
    assert!(!tokens.journal().is_empty());
    stage.pull(&upstream, "");
    assert_eq!(tokens.journal(), Vec::<String>::new());
}

/// `--insecure` and the like are said of the host of the name; a mirror has its own section.
#[test]
fn permissions_that_are_typed_are_not_for_mirrors() {
    let sandbox = Sandbox::new();
    sandbox.file(
        "config.toml",
        "[host.\"registry.example\"]\nmirrors = [\"http://mirror.example\"]\n[host.\"other.example\"]\nplain-http = true\n",
    );
    shows!(sandbox.rpush("--config config.toml pull --plain-http registry.example/app"), @r#"
    $ rpush --config config.toml pull --plain-http registry.example/app
    ! error: config.toml, line 2: the mirror mirror.example is without TLS
    !
    ! hint: if that is meant, allow it: `[host."mirror.example"]` with `plain-http = true`
    exit code 2
    "#);
}

/// containerd's own file, for whoever runs it as a person; with the parameter that containerd sends.
#[test]
fn containerds_mirrors_are_asked_for_what_they_are_trusted_with() {
    let (upstream, first, second) = (Registry::open(), Registry::open(), Registry::open());
    let stage = Stage::with(&[(&upstream, ""), (&first, ""), (&second, "")]);
    let directory = format!("home/.config/containerd/certs.d/{}", upstream.host());
    std::fs::create_dir_all(stage.sandbox.path(&directory)).expect("a directory can be made");
    let hosts = format!(
        "[host.\"http://{}\"]\ncapabilities = [\"pull\"]\n[host.\"http://{}\"]\ncapabilities = [\"pull\", \"resolve\"]\n",
        first.host(),
        second.host()
    );
    stage.sandbox.file(&format!("{directory}/hosts.toml"), &hosts);
    let ns = format!("?ns={}", upstream.host().replace(':', "%3A"));
    stage.pull(&upstream, "");
    // The manifest came with the answer about the tag, so nobody is asked for it again.
    let asked = first.journal(&[]);
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|line| line.contains("sha256:") && line.contains(&ns)), "{asked:?}");
    assert_eq!(second.journal(&[]), [format!("GET /v2/team/app/manifests/1{ns} 200")]);
    assert_eq!(upstream.journal(&[]), Vec::<String>::new());
    // Who may not say which image a tag names is not asked for that.
    stage.sandbox.file(&format!("{directory}/hosts.toml"), hosts.replace(", \"resolve\"", ""));
    stage.pull(&upstream, "");
    assert_eq!(upstream.journal(&[]), ["GET /v2/team/app/manifests/1 200"]);
    assert_eq!(first.journal(&[]).len(), 3);
    // A server of another name takes the registry's place.
    stage.sandbox.file(&format!("{directory}/hosts.toml"), format!("server = \"http://{}\"\n", second.host()));
    stage.pull(&upstream, "");
    assert_eq!(upstream.journal(&[]), Vec::<String>::new());
    assert_eq!(second.journal(&[]).len(), 4);
    // The configuration of rpush comes before it, and may say that there are none.
    stage.mirrors(&upstream, &[]);
    stage.pull(&upstream, "");
    assert_eq!(upstream.journal(&[]).len(), 4);
}

#[test]
fn containerds_certificates_are_for_the_mirror_that_they_stand_at() {
    let upstream = Registry::open();
    let files = Sandbox::new();
    let (authority, other) = (Authority::new(&files, "authority"), Authority::new(&files, "other"));
    let tls = Some(authority.vouch(&files, "localhost"));
    let mirror = Registry::start(rpush::server::Config { tls, ..Default::default() });
    let stage = Stage::with(&[(&upstream, ""), (&mirror, "")]);
    let directory = format!("home/.config/containerd/certs.d/{}", upstream.host());
    std::fs::create_dir_all(stage.sandbox.path(&directory)).expect("a directory can be made");
    let address = format!("https://{}", mirror.host());
    for (settings, trusted) in [
        (format!("ca = {:?}", authority.file), true),
        (format!("ca = {:?}", other.file), false),
        (format!("ca = {:?}\nskip_verify = true", other.file), true),
    ] {
        stage.sandbox.file(&format!("{directory}/hosts.toml"), format!("[host.\"{address}\"]\n{settings}\n"));
        let ran = stage.pull(&upstream, "");
        assert_eq!(upstream.journal(&[]).is_empty(), trusted, "{ran}");
        assert_eq!(ran.err.contains("is left out: the certificate cannot be trusted"), !trusted, "{ran}");
    }
}

/// Docker's own mirrors are for Docker Hub, and Docker Hub is not asked where they have everything.
#[test]
fn the_docker_daemons_mirrors_are_docker_hubs() {
    let mirror = Registry::open();
    let stage = Stage::with(&[(&mirror, "")]);
    std::fs::create_dir_all(stage.sandbox.path("home/.config/docker")).expect("a directory can be made");
    let daemon = format!(r#"{{"registry-mirrors":["http://mirror.example/", "http://{}/"]}}"#, mirror.host());
    stage.sandbox.file("home/.config/docker/daemon.json", daemon);
    let ran = stage.sandbox.ok("pull --progress none team/app:1");
    shows!(ran, @r#"
    $ rpush pull --progress none team/app:1
    Digest: [DIGEST]
    Status: Downloaded newer image for team/app:1
    team/app:1
    ! warning: mirror mirror.example is left out: it is without TLS; the configuration may allow that: `[host."mirror.example"]` with `plain-http = true`
    ! 1: Pulling from team/app
    "#);
    assert_eq!(mirror.journal(&[]).len(), 4);
}
