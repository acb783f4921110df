//! Any text is a reference, a host, a digest, a platform or a refusal; what was read is written in a way that reads the same,
//! and leads to no other path.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rpush::image::{Digest, Host, Platform, Reference, RepositoryName, Tag};

fuzz_target!(|text: &str| {
    if let Ok(reference) = text.parse::<Reference>() {
        let canonical = reference.canonical();
        for written in [reference.to_string(), canonical.to_string(), canonical.familiar()] {
            let again = written.parse::<Reference>().unwrap_or_else(|error| panic!("{text} is {written}: {error}"));
            assert_eq!(again.canonical(), canonical, "{text} {written}");
        }
    }
    if let Ok(name) = text.parse::<RepositoryName>() {
        assert!(name.as_str().split('/').all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric())), "{name}");
    }
    if let Ok(tag) = text.parse::<Tag>() {
        assert!(!tag.as_str().starts_with('.') && !tag.as_str().contains('/'), "{tag}");
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
        assert!(digest.hex().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{digest}");
    }
    if let Ok(host) = text.parse::<Host>() {
        assert!(!host.as_str().contains(['/', '@', '\\']), "{host}");
        assert_eq!(host.to_string().parse().ok(), Some(host));
    }
    if let Ok(platform) = text.parse::<Platform>() {
        let written = platform.to_string();
        assert_eq!(written.parse::<Platform>().map(|again| again.to_string()).ok(), Some(written));
    }
});
