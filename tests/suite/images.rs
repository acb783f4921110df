//! `images`: columns, filters and formats, as scripts know them from Docker before its version 29.

use serde_json::{Value, json};

use crate::support::{Image, Layout, Sandbox, shows};

fn stage() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    for (name, created, tier) in [
        ("localhost:5000/team/api:1", "2001-01-01T00:00:00Z", "back"),
        ("localhost:5000/team/api:2", "2003-01-01T00:00:00Z", "back"),
        ("web:1", "2002-01-01T00:00:00Z", "front"),
    ] {
        let mut image = Image::with(name);
        (image.platform, image.created, image.labels) = ("linux/amd64", created, json!({ "tier": tier }));
        let root = layout.image(&image);
        let full = if name.contains('/') { name.to_owned() } else { format!("docker.io/library/{name}") };
        layout.name(&root, &full);
    }
    let index = layout.index("all");
    layout.name(&index, "docker.io/library/all:1");
    let artifact = layout.artifact();
    layout.name(&artifact, "docker.io/library/thing:1");
    sandbox.file("all.tar", layout.archive().bytes());
    sandbox.ok("load -i all.tar");
    sandbox
}

/// What `images` lists with these options, as `REPOSITORY:TAG`.
fn listed(sandbox: &Sandbox, options: &str) -> Vec<String> {
    let words: Vec<&str> =
        ["images", "--format", "{{.Repository}}:{{.Tag}}"].into_iter().chain(options.split_whitespace()).collect();
    let ran = sandbox.run(&words);
    assert_eq!(ran.code, 0, "{ran}");
    let mut lines: Vec<String> = ran.out.lines().map(|line| line.replace("localhost:5000/team/", "")).collect();
    lines.sort();
    lines
}

#[test]
fn tables() {
    let sandbox = stage();
    shows!(sandbox.rpush("images"), @"
    $ rpush images
    REPOSITORY                TAG       IMAGE ID       CREATED        SIZE
    localhost:PORT/team/api   2         [ID]   N years ago   1.08kB
    web                       1         [ID]   N years ago   1.06kB
    all                       1         [ID]   N years ago   4.57kB
    localhost:PORT/team/api   1         [ID]   N years ago   1.08kB
    thing                     1         [ID]   N/A            506B
    ");
    shows!(sandbox.rpush("images --digests localhost:5000/team/*"), @"
    $ rpush images --digests localhost:PORT/team/*
    REPOSITORY                TAG       DIGEST                                                                    IMAGE ID       CREATED        SIZE
    localhost:PORT/team/api   2         [DIGEST]   [ID]   N years ago   1.08kB
    localhost:PORT/team/api   1         [DIGEST]   [ID]   N years ago   1.08kB
    ");
    shows!(sandbox.rpush("images --no-trunc web"), @"
    $ rpush images --no-trunc web
    REPOSITORY   TAG       IMAGE ID                                                                  CREATED        SIZE
    web          1         [DIGEST]   N years ago   1.06kB
    ");
    shows!(sandbox.rpush("images --tree all"), @"
    $ rpush images --tree all
    IMAGE            ID                SIZE   STATE
    all:1            [ID]    4.57kB   complete
    ├─ linux/amd64   [ID]    1.08kB   present
    ├─ linux/arm64   [ID]    1.08kB   present
    └─ linux/s390x   [ID]    1.08kB   present
    ");
    shows!(sandbox.rpush("images nope"), @"
    $ rpush images nope
    REPOSITORY   TAG       IMAGE ID   CREATED   SIZE
    ");
}

#[test]
fn filters() {
    let sandbox = stage();
    for (options, expected) in [
        ("", &["all:1", "api:1", "api:2", "thing:1", "web:1"][..]),
        ("web", &["web:1"]),
        ("web:1", &["web:1"]),
        ("web:2", &[]),
        ("localhost:5000/team/api", &["api:1", "api:2"]),
        ("localhost:5000/team/api:2", &["api:2"]),
        ("--filter reference=localhost:5000/*/*", &["api:1", "api:2"]),
        ("--filter reference=localhost:5000/*", &[]),
        ("--filter reference=*:1", &["all:1", "thing:1", "web:1"]),
        ("--filter reference=web --filter reference=all", &["all:1", "web:1"]),
        ("--filter label=tier=back", &["api:1", "api:2"]),
        ("--filter label=tier", &["api:1", "api:2", "web:1"]),
        ("--filter label!=tier=back --filter label=tier", &["web:1"]),
        ("--filter before=web:1 --filter label=tier", &["api:1"]),
        ("--filter since=web:1 --filter label=tier", &["api:2"]),
        ("--filter until=2002-06-01 --filter label=tier", &["api:1", "web:1"]),
        ("--filter dangling=true", &[]),
        ("-a --filter dangling=false web", &["web:1"]),
    ] {
        assert_eq!(listed(&sandbox, options), expected, "{options}");
    }
}

#[test]
fn formats() {
    let sandbox = stage();
    let lines = |words: &[&str]| {
        let ran = sandbox.run(words);
        assert_eq!(ran.code, 0, "{ran}");
        ran.out
    };
    // Newest first.
    let order = "images --format {{.Tag}} localhost:5000/team/api";
    assert_eq!(sandbox.ok(order).out, "2\n1\n");
    let web = sandbox.stored("web:1").digest;
    assert_eq!(lines(&["images", "-q", "web"]), format!("{}\n", web.short()));
    assert_eq!(lines(&["images", "-q", "--no-trunc", "web"]), format!("{web}\n"));
    shows!(lines(&["images", "--format", "table {{.Repository}}\t{{.CreatedAt}}", "web"]), @"
    REPOSITORY   CREATED AT
    web          2002-01-01 00:00:00 +0000 UTC
    ");
    shows!(lines(&["images", "--format", "{{.ID}} {{.Digest}} {{.Size}} {{.CreatedSince}}", "web"]), @"[ID] [DIGEST] 1.06kB N years ago");
    let object: Value =
        serde_json::from_str(&lines(&["images", "--format", "json", "web"])).expect("one object a line");
    assert_eq!((&object["Repository"], &object["Tag"]), (&json!("web"), &json!("1")));
    assert!(object["SizeBytes"].is_u64(), "{object}");
    assert_eq!(lines(&["images", "--format", "json"]).lines().count(), 5);
}

/// An image under three names is three lines, and one id.
#[test]
fn names_of_one_image() {
    let sandbox = stage();
    sandbox.ok("tag web:1 web:latest localhost:5000/web:1");
    assert_eq!(sandbox.ok("images -q web").out.lines().count(), 1);
    shows!(sandbox.rpush("images --filter label=tier=front"), @"
    $ rpush images --filter label=tier=front
    REPOSITORY           TAG       IMAGE ID       CREATED        SIZE
    localhost:PORT/web   1         [ID]   N years ago   1.06kB
    web                  1         [ID]   N years ago   1.06kB
    web                  latest    [ID]   N years ago   1.06kB
    ");
}
