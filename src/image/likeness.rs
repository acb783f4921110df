//! Which names a misspelt one may have been meant for: of a store, or of the tags of a repository.

use std::cmp::Reverse;

use strsim::damerau_levenshtein;

use super::Reference;

/// How many names are worth reading.
const MOST: usize = 3;

/// The names that are most like one that is not there, the likeliest first; none, when nothing is like it. The repository counts
/// before the tag: who has the repository right wants to know which tags there are.
pub fn nearest(wanted: &Reference, among: impl IntoIterator<Item = Reference>) -> Vec<Reference> {
    let wanted = wanted.or_latest();
    let ranked = among.into_iter().filter_map(|name| Some((rank(&wanted, &name)?, name)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_cached_key(|(rank, name)| (*rank, Reverse(name.to_string())));
    ranked.dedup_by(|(_, one), (_, other)| one == other);
    ranked.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// How far a name is from the one that was wanted; `None` when nobody could have meant it.
fn rank(wanted: &Reference, name: &Reference) -> Option<usize> {
    let (tag, other) = (text(wanted), text(name));
    let tags = damerau_levenshtein(&tag, &other).min(99);
    if (&name.host, &name.name) == (&wanted.host, &wanted.name) {
        return Some(tags);
    }
    let full = |name: &Reference| format!("{}/{}", name.host, name.name);
    let repositories = damerau_levenshtein(&full(wanted), &full(name));
    if repositories <= slips(wanted.name.as_str().trim_start_matches("library/")) {
        return Some(100 * repositories + tags);
    }
    // The same image at another host, or with a part of the path left out.
    let last = |name: &Reference| name.name.as_str().rsplit('/').next().unwrap_or_default().to_owned();
    (tag == other && last(wanted) == last(name)).then_some(1000 + repositories)
}

fn text(name: &Reference) -> String {
    name.tag.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// How many slips of the finger a repository may have whose name is so long, without its host.
fn slips(name: &str) -> usize {
    (name.len() / 5).clamp(1, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_names_come_first() {
        let store = [
            "localhost:5000/my-fancy-app:1.0.0",
            "localhost:5000/my-fancy-app:1.0.1",
            "my-fancy-app:1.0.0",
            "registry.example/team/web:2",
            "alpine",
        ];
        for (wanted, expected) in [
            (
                "localhost:5000/my-fncy-app:1.0.0",
                &["localhost:5000/my-fancy-app:1.0.0", "localhost:5000/my-fancy-app:1.0.1"][..],
            ),
            (
                "localhost:5000/my-fancy-app:1.0.2",
                &["localhost:5000/my-fancy-app:1.0.1", "localhost:5000/my-fancy-app:1.0.0"],
            ),
            // Without a tag, `latest` is meant, and the repository has others.
            (
                "localhost:5000/my-fancy-app",
                &["localhost:5000/my-fancy-app:1.0.1", "localhost:5000/my-fancy-app:1.0.0"],
            ),
            ("web:2", &["registry.example/team/web:2"]),
            ("alpnie", &["alpine:latest"]),
            ("nothing:like-it", &[]),
            ("alpine:3.1", &["alpine:latest"]),
            ("alpin:3", &["alpine:latest"]),
            ("a:1", &[]),
        ] {
            let among = store.iter().map(|name| name.parse::<Reference>().expect("a name").or_latest());
            let found = nearest(&wanted.parse().expect("a name"), among);
            assert_eq!(found.iter().map(Reference::familiar).collect::<Vec<_>>(), expected, "{wanted}");
        }
    }
}
