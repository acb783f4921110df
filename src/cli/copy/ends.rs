//! The ends of a copy, as they are typed: what `--from` knows, registries, and the same as destinations.

use std::path::PathBuf;

use crate::cli::context::parse_reference;
use crate::cli::failure::Failure;
use crate::cli::locate::{From, split_path};
use crate::cli::push::has_registry;
use crate::image::Reference;

/// Where the image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a registry.
    Registry(Reference),
    /// On this machine.
    Here(From),
}

impl Origin {
    /// Reads what was typed. A bare word is a path where it looks like one, or nothing but a path can be meant.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        if let Some(name) = registry_name(text) {
            return Ok(Self::Registry(parse_reference(name)?.or_latest()));
        }
        if names_a_kind(text) || looks_like_a_path(text) {
            return From::parse(text).map(Self::Here);
        }
        match text.parse::<Reference>() {
            Ok(name) if !is_short(text) || !split_path(text).0.exists() => Ok(Self::Registry(name.or_latest())),
            Err(_) if !split_path(text).0.exists() => Ok(Self::Registry(parse_reference(text)?)),
            _ => From::parse(text).map(Self::Here),
        }
    }
}

/// Where the image goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// To a registry, under a tag.
    Registry(Reference),
    /// Into a layout, where the text selects it.
    Layout(PathBuf, Option<String>),
    /// Into an archive. Each is a layout, and Docker's own form beside it; in which of both the name is looked for makes the
    /// difference.
    Archive(PathBuf, ArchiveName),
    /// An archive on standard output.
    Stdout,
    /// To the Docker daemon; under the name that it has, where none is typed.
    Daemon(Option<Reference>),
    /// Into the store; under the name that it has, where none is typed.
    Store(Option<Reference>),
}

/// What an image is called in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveName {
    /// As it is called where it comes from.
    Same,
    /// By a text, in the list of the layout.
    Text(String),
    /// By a full name, as Docker gives it.
    Full(Box<Reference>),
}

impl End {
    /// Reads all destinations.
    pub fn parse_all(texts: &[String]) -> Result<Vec<Self>, Failure> {
        let ends = texts.iter().map(|text| Self::parse(text)).collect::<Result<Vec<_>, _>>()?;
        for (position, end) in ends.iter().enumerate() {
            if ends[..position].iter().any(|other| other.is_same_file(end)) {
                return Err(Failure::usage(format!("`{}` cannot be written twice", texts[position]))
                    .hint("name each destination once, an archive with another file: `oci-archive:FILE`"));
            }
        }
        Ok(ends)
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        if let Some(name) = registry_name(text) {
            return registry(name);
        }
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) if names_a_kind(text) => (kind, rest),
            _ if text == "-" => return Ok(Self::Stdout),
            _ if looks_like_a_path(text) => {
                return Err(Failure::usage(format!("`{text}` does not say what is to be written there"))
                    .hint(format!("write a layout: `oci:{text}`, or an archive: `oci-archive:{text}`")));
            }
            _ => return registry(text),
        };
        let (path, name) = split_path(rest);
        if path.as_os_str().is_empty() && matches!(kind, "oci" | "oci-archive" | "docker-archive") {
            return Err(Failure::usage(format!("`{kind}:` needs a path")).hint(format!("write `{kind}:PATH`")));
        }
        let full = |name: &str| parse_reference(name).map(|name| name.or_latest());
        let optional = |name: &str| if name.is_empty() { Ok(None) } else { full(name).map(Some) };
        Ok(match kind {
            "oci" => Self::Layout(path, name),
            "oci-archive" => Self::Archive(path, name.map_or(ArchiveName::Same, ArchiveName::Text)),
            "docker-archive" => Self::Archive(
                path,
                match name {
                    Some(name) => ArchiveName::Full(full(&name)?.into()),
                    None => ArchiveName::Same,
                },
            ),
            "docker-daemon" => Self::Daemon(optional(rest)?),
            "store" => Self::Store(optional(rest)?),
            _ => {
                return Err(Failure::usage(format!("rpush cannot write to `{kind}:`"))
                    .hint("write an archive and load that: `rpush copy SOURCE - | podman load`"));
            }
        })
    }

    /// Whether the other one would be written over by this.
    fn is_same_file(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Archive(a, _), Self::Archive(b, _)) => a == b,
            (Self::Stdout, Self::Stdout) => true,
            _ => false,
        }
    }

    /// Whether it is made of an image that lies in a layout as a whole.
    pub fn is_made_of_files(&self) -> bool {
        matches!(self, Self::Archive(..) | Self::Stdout | Self::Daemon(_))
    }

    /// The repository and the tag, of a registry.
    pub fn registry(&self) -> Option<&Reference> {
        match self {
            Self::Registry(name) => Some(name),
            _ => None,
        }
    }
}

fn registry(text: &str) -> Result<End, Failure> {
    let name = parse_reference(text)?;
    if name.digest.is_some() {
        return Err(Failure::usage("cannot push a digest reference").hint("copy to a tag: `HOST/NAME:TAG`"));
    }
    has_registry(&name)?;
    Ok(End::Registry(name.or_latest()))
}

/// The name after `docker://`, as skopeo writes it.
fn registry_name(text: &str) -> Option<&str> {
    text.strip_prefix("docker://")
}

/// Whether the text says what kind of place it is.
fn names_a_kind(text: &str) -> bool {
    let kinds = ["oci", "oci-archive", "docker-archive", "docker-daemon", "store", "containers-storage", "dir"];
    text.split_once(':').is_some_and(|(kind, _)| kinds.contains(&kind))
}

fn looks_like_a_path(text: &str) -> bool {
    text == "-" || text == "." || text == ".." || ["/", "./", "../"].iter().any(|start| text.starts_with(start))
}

/// Whether the text, read as the name of an image, has no registry in it.
fn is_short(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or_default();
    !text.contains('/') || !(first == "localhost" || first.contains(['.', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Reference {
        text.parse().expect("a name")
    }

    #[test]
    fn an_origin_is_a_registry_or_what_push_from_knows() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().display().to_string();
        for (text, expected) in [
            ("localhost:5000/app:1", Origin::Registry(name("localhost:5000/app:1"))),
            ("docker://localhost:5000/app", Origin::Registry(name("localhost:5000/app:latest"))),
            ("alpine:3", Origin::Registry(name("docker.io/library/alpine:3"))),
            ("store:app:1", Origin::Here(From::Store("app:1".to_owned()))),
            ("-", Origin::Here(From::Stdin)),
            (&format!("oci:{path}:1"), Origin::Here(From::Layout(path.clone().into(), Some("1".to_owned())))),
            (&path, Origin::Here(From::Layout(path.clone().into(), None))),
        ] {
            assert_eq!(Origin::parse(text).expect("it parses"), expected, "{text}");
        }
        for text in ["dir:x", "containers-storage:app", "/nowhere", "Team/App"] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_end_says_what_is_to_be_written() {
        let full = |text| ArchiveName::Full(Box::new(name(text)));
        for (text, expected) in [
            ("localhost:5000/app", End::Registry(name("localhost:5000/app:latest"))),
            ("docker://localhost:5000/app:1", End::Registry(name("localhost:5000/app:1"))),
            ("oci:new/layout", End::Layout("new/layout".into(), None)),
            ("oci:new:localhost:5000/app:1", End::Layout("new".into(), Some("localhost:5000/app:1".to_owned()))),
            ("oci-archive:new.tar:1", End::Archive("new.tar".into(), ArchiveName::Text("1".to_owned()))),
            ("docker-archive:new.tar:app:1", End::Archive("new.tar".into(), full("docker.io/library/app:1"))),
            ("docker-archive:new.tar", End::Archive("new.tar".into(), ArchiveName::Same)),
            ("docker-daemon:", End::Daemon(None)),
            ("store:app", End::Store(Some(name("docker.io/library/app:latest")))),
            ("-", End::Stdout),
        ] {
            assert_eq!(End::parse(text).expect("it parses"), expected, "{text}");
        }
        let digest = format!("localhost:5000/app@sha256:{}", "0".repeat(64));
        for text in ["./new", "dir:x", "containers-storage:app", "oci:", "alpine:3", &digest] {
            assert!(End::parse(text).is_err(), "{text}");
        }
        let twice = ["oci-archive:a.tar:1", "docker-archive:a.tar"].map(str::to_owned);
        assert!(End::parse_all(&twice).is_err());
    }
}
