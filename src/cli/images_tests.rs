//! What `images` prints, byte by byte: scripts cut these lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::image::{Descriptor, MediaType};

const NOW: &str = "2026-11-20T18:20:56Z";

/// An image under a name (`-` for none), as old as said.
fn listed(name: &str, content: &str, created: &str, bytes: u64) -> Listed {
    let root = Descriptor::of(MediaType::MANIFEST, content.as_bytes());
    let platform = PlatformSummary {
        platform: Some("linux/amd64".parse().expect("a platform")),
        present: true,
        manifest: root.digest,
        config: None,
        size: bytes,
    };
    Listed {
        reference: (name != "-").then(|| name.parse().expect("a reference")),
        selector: None,
        summary: Arc::new(Summary {
            id: root.digest,
            root,
            config: None,
            created: (!created.is_empty()).then(|| created.to_owned()),
            size: bytes,
            labels: BTreeMap::from([("name".to_owned(), content.to_owned())]),
            platforms: vec![platform],
            subject: Subject::Image,
        }),
    }
}

fn store() -> Vec<Listed> {
    vec![
        listed("localhost:5100/team/app:1.0.0", "app", "2026-11-20T18:20:55Z", 6_020_113),
        listed("docker.io/library/ubuntu:latest", "ubuntu", "2026-08-01T00:00:00Z", 29_700_000),
        listed("gen:18", "gen", "2026-11-20T18:20:56.5Z", 3),
        listed("app:2", "app", "2026-11-20T18:20:55Z", 6_020_113),
        listed("-", "orphan", "", 112),
    ]
}

fn try_images(args: &ImagesArgs, talk: Talk) -> Result<String, Failure> {
    let (console, written) = Console::in_memory(talk);
    show(args, &store(), NOW.parse().expect("a time"), &console)?;
    Ok(written.out())
}

fn images(args: &ImagesArgs) -> String {
    try_images(args, Talk::Aloud).expect("a list")
}

fn filtered(filters: &[&str]) -> Result<String, Failure> {
    let filter = filters.iter().map(ToString::to_string).collect();
    let format = Some("{{.Repository}}:{{.Tag}}".to_owned());
    let lines = try_images(&ImagesArgs { filter, format, ..ImagesArgs::default() }, Talk::Aloud)?;
    Ok(lines.lines().collect::<Vec<_>>().join(" "))
}

#[test]
fn the_table_is_the_classic_one() {
    insta::assert_snapshot!(images(&ImagesArgs::default()), @"
    REPOSITORY                TAG       IMAGE ID       CREATED                  SIZE
    gen                       18        3b6a765ede67   Less than a second ago   3B
    app                       2         a172cedcae47   1 second ago             6.02MB
    localhost:5100/team/app   1.0.0     a172cedcae47   1 second ago             6.02MB
    ubuntu                    latest    7804a56a5c76   3 months ago             29.7MB
    <none>                    <none>    88f6811ab5d8   N/A                      112B
    ");
}

#[test]
fn digests_and_whole_ids_are_shown_on_demand() {
    let args = ImagesArgs { digests: true, no_trunc: true, name: Some("gen".into()), ..ImagesArgs::default() };
    insta::assert_snapshot!(images(&args), @"
    REPOSITORY   TAG       DIGEST                                                                    IMAGE ID                                                                  CREATED                  SIZE
    gen          18        sha256:3b6a765ede676559e0f261b5b9e339c9f36819c74a67568eb417ff4b379dbfbd   sha256:3b6a765ede676559e0f261b5b9e339c9f36819c74a67568eb417ff4b379dbfbd   Less than a second ago   3B
    ");
}

#[test]
fn quiet_prints_each_id_once() {
    let ids = try_images(&ImagesArgs::default(), Talk::Quiet).expect("a list");
    insta::assert_snapshot!(ids, @"
    3b6a765ede67
    a172cedcae47
    7804a56a5c76
    88f6811ab5d8
    ");
}

#[test]
fn nothing_found_is_a_header_and_no_failure() {
    let args = ImagesArgs { name: Some("nope".into()), ..ImagesArgs::default() };
    assert_eq!(images(&args), "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n");
}

#[test]
fn json_has_dockers_names_and_raw_bytes() {
    let args = ImagesArgs { format: Some("json".into()), name: Some("*:18".into()), ..ImagesArgs::default() };
    insta::assert_snapshot!(images(&args), @r#"{"Containers":"N/A","CreatedAt":"2026-11-20 18:20:56 +0000 UTC","CreatedSince":"Less than a second ago","Digest":"sha256:3b6a765ede676559e0f261b5b9e339c9f36819c74a67568eb417ff4b379dbfbd","ID":"3b6a765ede67","Platforms":["linux/amd64"],"Repository":"gen","SharedSize":"N/A","Size":"3B","SizeBytes":3,"Tag":"18","UniqueSize":"N/A","VirtualSize":"3B"}"#);
}

#[test]
fn templates_tables_and_raw() {
    let formats = ["table {{.Tag}}\\t{{.SizeBytes}}\\t{{.Platforms}}", "raw"].map(|format| {
        images(&ImagesArgs { format: Some(format.into()), name: Some("app".into()), ..ImagesArgs::default() })
    });
    insta::assert_snapshot!(formats.join("---\n"), @"
    TAG       SIZE      PLATFORMS
    2         6020113   [linux/amd64]
    ---
    repository: app
    tag: 2
    image_id: a172cedcae47
    created_at: 2026-11-20 18:20:55 +0000 UTC
    virtual_size: 6.02MB
    ");
    let unknown = ImagesArgs { format: Some("{{.Nope}}".into()), name: Some("gen".into()), ..ImagesArgs::default() };
    insta::assert_snapshot!(try_images(&unknown, Talk::Aloud).expect_err("no such field"), @"
    error: template parsing error: at <.Nope>: can't evaluate field Nope

    hint: the fields there are `.Containers`, `.CreatedAt`, `.CreatedSince`, `.Digest`, `.ID`, `.Platforms`, `.Repository`, `.SharedSize`, `.Size`, `.SizeBytes`, `.Tag`, `.UniqueSize`, `.VirtualSize`
    ");
}

/// Docker's columns, order and filters.
#[test]
fn filters_follow_dockers_rules() {
    for (filters, names) in [
        (&["dangling=true"][..], "<none>:<none>"),
        (&["dangling=false", "label=name=app"], "app:2 localhost:5100/team/app:1.0.0"),
        (&["label!=name=app", "dangling=0"], "gen:18 ubuntu:latest"),
        (&["label=nope"], ""),
        (&["since=app:2"], "gen:18"),
        (&["before=app:2", "dangling=false"], "ubuntu:latest"),
        (&["until=24h", "dangling=false"], "ubuntu:latest"),
        (&["reference=ubuntu", "reference=g*"], "gen:18 ubuntu:latest"),
        (&["reference=docker.io/library/*"], "gen:18 app:2 ubuntu:latest"),
        (&["reference=*"], "gen:18 app:2 ubuntu:latest"),
        (&["reference=localhost:5100/*/*"], "localhost:5100/team/app:1.0.0"),
    ] {
        assert_eq!(filtered(filters).expect("a list"), names, "{filters:?}");
    }
}

#[test]
fn wrong_filters_are_refused_in_dockers_words() {
    for (filter, words) in [
        ("foo=bar", "error: invalid filter 'foo'"),
        ("dangling=perhaps", "error: invalid filter 'dangling=perhaps'"),
        ("until=yesterday", "error: invalid filter 'until=yesterday'"),
        ("label=", "error: invalid filter 'label='"),
        ("since=zzz", "error: No such image: zzz:latest"),
        ("reference=[", "error: syntax error in pattern `[`"),
    ] {
        let failure = filtered(&[filter]).expect_err("a wrong filter").to_string();
        assert_eq!(failure.lines().next(), Some(words));
    }
}

#[test]
fn a_tree_shows_what_is_here() {
    let mut index = listed("localhost:5100/multi:1", "index", "2026-11-20T18:20:55Z", 6_100_000);
    let absent = PlatformSummary {
        platform: Some("linux/arm64".parse().expect("a platform")),
        present: false,
        manifest: Digest::of(b"absent"),
        config: None,
        size: 0,
    };
    Arc::make_mut(&mut index.summary).platforms.push(absent);
    let (console, written) = Console::in_memory(Talk::Aloud);
    let args = ImagesArgs { tree: true, ..ImagesArgs::default() };
    let store = [index, listed("gen:18", "gen", "2026-11-20T18:20:50Z", 3)];
    show(&args, &store, NOW.parse().expect("a time"), &console).expect("a tree");
    insta::assert_snapshot!(written.out(), @"
    IMAGE                    ID                SIZE   STATE
    localhost:5100/multi:1   1bc04b5291c2     6.1MB   partial
    ├─ linux/amd64           1bc04b5291c2     6.1MB   present
    └─ linux/arm64           5ad38304b535         -   missing
    gen:18                   3b6a765ede67        3B   complete
    └─ linux/amd64           3b6a765ede67        3B   present
    ");
    assert!(try_images(&args, Talk::Quiet).is_err());
}

/// The words typed for these commands get along with the options that every command has (`-q`, `-v`).
#[test]
fn options_do_not_collide() {
    use clap::{CommandFactory as _, Parser};

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        global: super::super::settings::GlobalArgs,
        #[command(flatten)]
        images: ImagesArgs,
    }
    Words::command().debug_assert();
    let words = Words::try_parse_from(["rpush", "-aqf", "dangling=true", "-f", "label=x", "app"]).expect("words");
    assert!(words.global.quiet && words.images.all);
    assert_eq!(words.images.filter, ["dangling=true", "label=x"]);
}
