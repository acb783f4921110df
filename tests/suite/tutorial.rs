//! The first session of a new user, from an archive to a registry and back, with every line that it shows.

use std::fs;

use crate::support::{Image, Registry, Sandbox, shows};

#[test]
fn the_first_session() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let name = registry.name("my-fancy-app:1.0.0");
    sandbox.file("app.tar", Image::with("hello").docker_24(&["my-fancy-app:1.0.0"]).bytes());

    shows!(sandbox.rpush("load -i app.tar"), @"
    $ rpush load -i app.tar
    Loaded image: my-fancy-app:1.0.0
    ! 4 x Loaded
    ");
    shows!(sandbox.rpush(&format!("tag my-fancy-app:1.0.0 {name}")), @"$ rpush tag my-fancy-app:1.0.0 localhost:PORT/my-fancy-app:1.0.0");
    let pushed = sandbox.rpush(&format!("push {name}"));
    shows!(pushed, @"
    $ rpush push localhost:PORT/my-fancy-app:1.0.0
    1.0.0: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/my-fancy-app]
    ! 3 x Pushing
    ! 3 x Committing
    ! 4 x Pushed
    ! 4 uploaded 1 kB; [TIME]
    ");
    shows!(sandbox.rpush("images"), @"
    $ rpush images
    REPOSITORY                     TAG       IMAGE ID       CREATED        SIZE
    localhost:PORT/my-fancy-app   1.0.0     [ID]   N years ago   1.04kB
    my-fancy-app                   1.0.0     [ID]   N years ago   1.04kB
    ");
    let before = sandbox.verify_blobs();
    shows!(sandbox.rpush(&format!("rmi {name}")), @"
    $ rpush rmi localhost:PORT/my-fancy-app:1.0.0
    Untagged: localhost:PORT/my-fancy-app:1.0.0
    ");
    shows!(sandbox.rpush("rmi my-fancy-app:1.0.0"), @"
    $ rpush rmi my-fancy-app:1.0.0
    Untagged: my-fancy-app:1.0.0
    Deleted: [DIGEST]
    ! freed 1.04kB
    ");
    shows!(sandbox.rpush("images"), @"
    $ rpush images
    REPOSITORY   TAG       IMAGE ID   CREATED   SIZE
    ");
    assert_eq!(sandbox.verify_blobs(), 0, "with its last name the image goes");

    let pulled = sandbox.rpush(&format!("pull {name}"));
    shows!(pulled, @"
    $ rpush pull localhost:PORT/my-fancy-app:1.0.0
    Digest: [DIGEST]
    Status: Downloaded newer image for localhost:PORT/my-fancy-app:1.0.0
    localhost:PORT/my-fancy-app:1.0.0
    ! 1.0.0: Pulling from my-fancy-app
    ! 3 x Downloading
    ! 4 x Pull complete
    ! 4 downloaded 1 kB; [TIME]
    ");
    assert_eq!(pulled.digest(), pushed.digest());
    assert_eq!(sandbox.verify_blobs(), before);
    shows!(sandbox.rpush("images"), @"
    $ rpush images
    REPOSITORY                     TAG       IMAGE ID       CREATED        SIZE
    localhost:PORT/my-fancy-app   1.0.0     [ID]   N years ago   1.04kB
    ");
    let inspected = sandbox.rpush(&format!("inspect {name}"));
    shows!(inspected.to_string().replace("arm64", "amd64"), @r#"
    $ rpush inspect localhost:PORT/my-fancy-app:1.0.0
    [
        {
            "Id": "[DIGEST]",
            "RepoTags": [
                "localhost:PORT/my-fancy-app:1.0.0"
            ],
            "RepoDigests": [
                "localhost:PORT/my-fancy-app@[DIGEST]"
            ],
            "Created": "2001-09-09T01:46:40Z",
            "Author": "",
            "Architecture": "amd64",
            "Variant": "",
            "Os": "linux",
            "OsVersion": "",
            "Size": 1044,
            "Config": {
                "Cmd": [
                    "/bin/hello"
                ],
                "Labels": {
                    "maintainer": "alice"
                }
            },
            "RootFS": {
                "Type": "layers",
                "Layers": [
                    "[DIGEST]",
                    "[DIGEST]"
                ]
            },
            "Descriptor": {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": "[DIGEST]",
                "size": 553
            },
            "Platforms": [
                {
                    "Platform": "linux/amd64",
                    "Present": true,
                    "Digest": "[DIGEST]",
                    "Size": 1044
                }
            ]
        }
    ]
    "#);

    shows!(sandbox.rpush(&format!("save -o back.tar {name}")), @"$ rpush save -o back.tar localhost:PORT/my-fancy-app:1.0.0");
    let saved = fs::read(sandbox.path("back.tar")).expect("the archive was written");
    assert_eq!(sandbox.rpush(&format!("save {name}")).bytes, saved, "the same bytes on standard output");
    let elsewhere = Sandbox::new();
    elsewhere.file("back.tar", saved);
    shows!(elsewhere.rpush("load -i back.tar"), @"
    $ rpush load -i back.tar
    Loaded image: localhost:PORT/my-fancy-app:1.0.0
    ! 4 x Loaded
    ");
    assert_eq!(elsewhere.stored(&name).digest, pushed.digest(), "and back again it is the same image");
}

/// Docker's long spellings are the same commands.
#[test]
fn the_long_spellings() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    sandbox.file("app.tar", Image::with("hello").docker_25(&["docker.io/library/app:1"]).bytes());
    let name = registry.name("app:1");
    for words in [
        "image load -i app.tar",
        &format!("image tag app:1 {name}"),
        &format!("image push {name}"),
        &format!("image rm {name}"),
        &format!("image pull {name}"),
        &format!("image inspect {name}"),
        &format!("image save -o back.tar {name}"),
        "image prune",
    ] {
        sandbox.ok(words);
    }
    assert_eq!(sandbox.ok("image ls -q").out, sandbox.ok("images -q").out);
}
