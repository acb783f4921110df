//! `did you mean`: the command that was typed, with the name that is there in the place of the one that is not.

use std::ffi::OsString;

use crate::image::{Reference, nearest};

use super::failure::Failure;

/// Options whose values are nobody's business. Where one was typed, only the name is said, and not the command.
const SECRET: [&str; 5] = ["--creds", "--src-creds", "--password", "-p", "--proxy"];

/// A failure to find something, with what may have been meant. Where nothing is like it, the failure stays as it is.
pub fn with_nearest(failure: Failure, wrong: &str, near: &[Reference]) -> Failure {
    match did_you_mean(&std::env::args_os().collect::<Vec<_>>(), wrong, near) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The same for a tag that a registry has not, among those that it has.
pub fn with_nearest_tag(
    failure: Failure,
    wanted: &Reference,
    tags: impl IntoIterator<Item = crate::image::Tag>,
) -> Failure {
    let near = nearest(wanted, tags.into_iter().map(|tag| wanted.with_tag(tag)));
    with_nearest(failure, &wanted.familiar(), &near)
}

fn did_you_mean(typed: &[OsString], wrong: &str, near: &[Reference]) -> Option<String> {
    // Who names no tag means the repository.
    let is_repository = wrong.parse::<Reference>().is_ok_and(|name| name.tag.is_none() && name.digest.is_none());
    let spelt = |name: &Reference| if is_repository { name.familiar_repository() } else { name.familiar() };
    let mut names: Vec<String> = near.iter().map(spelt).collect();
    names.dedup();
    let [first, others @ ..] = names.as_slice() else { return None };
    let others: Vec<_> = others.iter().map(|name| format!("`{name}`")).collect();
    let or = if others.is_empty() { String::new() } else { format!(" There is also {}", others.join(" and ")) };
    Some(format!("did you mean `{}`?{or}", corrected(typed, wrong, first)))
}

/// The whole command to type, or the name alone where the command cannot be told again.
fn corrected(typed: &[OsString], wrong: &str, right: &str) -> String {
    let texts: Option<Vec<&str>> = typed.iter().skip(1).map(|word| word.to_str()).collect();
    let Some(words) = texts.filter(|words| !words.iter().any(|word| is_secret(word))) else { return right.to_owned() };
    let is_it =
        |word: &str| word == wrong || word.parse::<Reference>().is_ok_and(|name| name.or_latest().familiar() == wrong);
    let Some(at) = words.iter().position(|word| is_it(word)) else { return right.to_owned() };
    let quoted =
        words.iter().enumerate().map(|(place, word)| if place == at { right.to_owned() } else { quoted(word) });
    format!("rpush {}", quoted.collect::<Vec<_>>().join(" "))
}

fn is_secret(word: &str) -> bool {
    SECRET.iter().any(|name| word.starts_with(name))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+%".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(typed: &str, wrong: &str, near: &[&str]) -> Option<String> {
        let typed: Vec<OsString> = typed.split_whitespace().map(OsString::from).collect();
        let near: Vec<Reference> = near.iter().map(|name| name.parse().expect("a name")).collect();
        did_you_mean(&typed, wrong, &near)
    }

    #[test]
    fn the_whole_command_is_said_and_no_secret() {
        for (typed, wrong, near, expected) in [
            ("rpush rmi ap:1", "ap:1", &["app:1"][..], Some("did you mean `rpush rmi app:1`?")),
            ("/bin/rpush -q push app", "app:latest", &["app:1"], Some("did you mean `rpush -q push app:1`?")),
            ("rpush push -a ap", "ap", &["app:1", "app:2"], Some("did you mean `rpush push -a app`?")),
            (
                "rpush images --filter before=x y* ap:1",
                "ap:1",
                &["app:1", "app:2", "app:3"],
                Some("did you mean `rpush images --filter before=x 'y*' app:1`? There is also `app:2` and `app:3`"),
            ),
            ("rpush push --creds a:s3cr3t ap:1", "ap:1", &["app:1"], Some("did you mean `app:1`?")),
            ("rpush push --creds=a:s3cr3t ap:1", "ap:1", &["app:1"], Some("did you mean `app:1`?")),
            ("rpush save other", "ap:1", &["app:1"], Some("did you mean `app:1`?")),
            ("rpush rmi ap:1", "ap:1", &[], None),
        ] {
            assert_eq!(said(typed, wrong, near).as_deref(), expected, "{typed}");
        }
    }
}
