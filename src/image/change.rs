//! Changes to how containers of an image are run, in the words of a Dockerfile: `docker import --change` has made them the
//! common tongue.

use super::bounded::parse_value;

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// What is run when nothing else is said, or the arguments of the entrypoint.
    Cmd(Vec<String>),
    /// What is run in any case.
    Entrypoint(Vec<String>),
    /// Variables of the environment.
    Env(Vec<(String, String)>),
    /// Ports: `80/tcp`.
    Expose(Vec<String>),
    /// Labels.
    Label(Vec<(String, String)>),
    /// What an image is told that is built on this one.
    OnBuild(String),
    /// With what a container is stopped.
    StopSignal(String),
    /// As whom it runs.
    User(String),
    /// Directories whose content is no part of a container.
    Volume(Vec<String>),
    /// In which directory it runs.
    Workdir(String),
}

/// Why words are no change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No instruction that changes a config.
    #[error(
        "`{0}` is none of CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR, which can change an image, like `ENV NAME=VALUE`"
    )]
    Unknown(String),
    /// Nothing behind the instruction.
    #[error("`{0}` has nothing behind it, like `CMD [\"/bin/app\"]`")]
    Empty(String),
    /// A list that is none.
    #[error("`{0}` is not a list of texts, like `[\"/bin/app\", \"serve\"]`")]
    List(String),
    /// No name and value.
    #[error("`{0}` is not a name and a value, like `NAME=VALUE`")]
    Pair(String),
    /// No port.
    #[error("`{0}` is not a port, like `80` or `53/udp`")]
    Port(String),
    /// A quotation mark without its other one.
    #[error("a quotation mark in `{0}` has no end")]
    Quote(String),
}

impl std::str::FromStr for Change {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let text = text.trim();
        let (instruction, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let one = || match rest {
            "" => Err(ChangeError::Empty(text.to_owned())),
            rest => Ok(rest.to_owned()),
        };
        Ok(match instruction.to_ascii_uppercase().as_str() {
            // An empty list takes away what the base has.
            "CMD" => Self::Cmd(command(&one()?)?),
            "ENTRYPOINT" => Self::Entrypoint(command(&one()?)?),
            "ENV" => Self::Env(pairs(&one()?)?),
            "LABEL" => Self::Label(pairs(&one()?)?),
            "EXPOSE" => Self::Expose(one()?.split_whitespace().map(port).collect::<Result<_, _>>()?),
            "ONBUILD" => Self::OnBuild(one()?),
            "STOPSIGNAL" => Self::StopSignal(one()?),
            "USER" => Self::User(one()?),
            "VOLUME" => Self::Volume(volumes(&one()?)?),
            "WORKDIR" => Self::Workdir(one()?),
            _ => return Err(ChangeError::Unknown(instruction.to_owned())),
        })
    }
}

impl Change {
    /// A variable of the environment: `NAME=VALUE`.
    pub fn env(text: &str) -> Result<Self, ChangeError> {
        Ok(Self::Env(vec![pair(text)?]))
    }

    /// A label: `NAME=VALUE`.
    pub fn label(text: &str) -> Result<Self, ChangeError> {
        Ok(Self::Label(vec![pair(text)?]))
    }
}

/// A name and its value: `NAME=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), ChangeError> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(ChangeError::Pair(text.to_owned())),
    }
}

/// A list of texts in JSON; `None` when it does not even look like one.
pub fn list(text: &str) -> Option<Result<Vec<String>, ChangeError>> {
    if !text.starts_with('[') {
        return None;
    }
    let read = parse_value(text.as_bytes()).ok().and_then(|value| serde_json::from_value(value).ok());
    Some(read.ok_or_else(|| ChangeError::List(text.to_owned())))
}

/// A list of words, or a line for the shell.
fn command(text: &str) -> Result<Vec<String>, ChangeError> {
    list(text).unwrap_or_else(|| Ok(vec!["/bin/sh".to_owned(), "-c".to_owned(), text.to_owned()]))
}

fn volumes(text: &str) -> Result<Vec<String>, ChangeError> {
    list(text).unwrap_or_else(|| words(text))
}

/// `NAME=VALUE` any number of times, or once `NAME VALUE`.
fn pairs(text: &str) -> Result<Vec<(String, String)>, ChangeError> {
    let words = words(text)?;
    match words.first() {
        Some(first) if !first.contains('=') => {
            let (name, value) =
                text.split_once(char::is_whitespace).ok_or_else(|| ChangeError::Pair(text.to_owned()))?;
            Ok(vec![(name.to_owned(), value.trim().to_owned())])
        }
        _ => words.iter().map(|word| pair(word)).collect(),
    }
}

fn port(text: &str) -> Result<String, ChangeError> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    match (number.parse::<u16>(), protocol.as_str()) {
        (Ok(number), "tcp" | "udp" | "sctp") => Ok(format!("{number}/{protocol}")),
        _ => Err(ChangeError::Port(text.to_owned())),
    }
}

/// Words as a shell reads them: quotation marks hold together, a backslash takes the next character as it is.
fn words(text: &str) -> Result<Vec<String>, ChangeError> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), character) if character == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, character) if character.is_whitespace() => words.extend(word.take()),
            (_, character) => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err(ChangeError::Quote(text.to_owned()));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Change, ChangeError> {
        text.parse()
    }

    fn texts<const N: usize>(list: [&str; N]) -> Vec<String> {
        list.map(str::to_owned).into()
    }

    #[test]
    fn instructions_are_read_as_a_dockerfile_has_them() {
        let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        for (text, expected) in [
            (r#"CMD ["/app", "serve"]"#, Change::Cmd(texts(["/app", "serve"]))),
            ("cmd /app serve", Change::Cmd(texts(["/bin/sh", "-c", "/app serve"]))),
            ("ENTRYPOINT []", Change::Entrypoint(vec![])),
            (r#"ENV A=1 B="two words" C=a\ b"#, Change::Env(pairs(&[("A", "1"), ("B", "two words"), ("C", "a b")]))),
            ("ENV PATH /bin:/usr/bin", Change::Env(pairs(&[("PATH", "/bin:/usr/bin")]))),
            ("ENV EMPTY=", Change::Env(pairs(&[("EMPTY", "")]))),
            ("LABEL a.b='c d'", Change::Label(pairs(&[("a.b", "c d")]))),
            ("EXPOSE 80 53/UDP", Change::Expose(texts(["80/tcp", "53/udp"]))),
            ("VOLUME /a /b", Change::Volume(texts(["/a", "/b"]))),
            (r#"VOLUME ["/a b"]"#, Change::Volume(texts(["/a b"]))),
            ("  WORKDIR   /srv ", Change::Workdir("/srv".to_owned())),
            ("ONBUILD RUN make", Change::OnBuild("RUN make".to_owned())),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_change_is_refused() {
        for (text, expected) in [
            ("RUN make", ChangeError::Unknown("RUN".to_owned())),
            ("", ChangeError::Unknown(String::new())),
            ("USER", ChangeError::Empty("USER".to_owned())),
            ("CMD [1]", ChangeError::List("[1]".to_owned())),
            ("CMD [\"a\"", ChangeError::List("[\"a\"".to_owned())),
            ("ENV A", ChangeError::Pair("A".to_owned())),
            ("ENV A=1 B", ChangeError::Pair("B".to_owned())),
            ("ENV =1", ChangeError::Pair("=1".to_owned())),
            ("EXPOSE 80-90", ChangeError::Port("80-90".to_owned())),
            ("EXPOSE 80/x", ChangeError::Port("80/x".to_owned())),
            ("LABEL a='b", ChangeError::Quote("a='b".to_owned())),
        ] {
            assert_eq!(read(text), Err(expected), "{text}");
        }
    }
}
