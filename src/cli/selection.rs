//! `--include` and `--exclude`: which names of a long list are wanted.

use clap::Args;

use super::failure::Failure;
use super::pattern::Pattern;

/// The options.
#[derive(Debug, Clone, Default, Args)]
pub struct SelectionArgs {
    /// Only names that match this pattern, or another one that is given; `*` and `?` stand for anything but a slash.
    #[arg(long, value_name = "PATTERN")]
    pub include: Vec<String>,
    /// No names that match this pattern.
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
}

/// What they say.
#[derive(Debug)]
pub struct Selection {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl Selection {
    /// Reads the patterns.
    pub fn parse(args: &SelectionArgs) -> Result<Self, Failure> {
        Ok(Self { include: patterns(&args.include)?, exclude: patterns(&args.exclude)? })
    }

    /// Whether a name is wanted.
    pub fn takes(&self, name: &str) -> bool {
        let matches = |pattern: &Pattern| pattern.matches(name);
        (self.include.is_empty() || self.include.iter().any(matches)) && !self.exclude.iter().any(matches)
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, Failure> {
    texts.iter().map(|text| Ok(Pattern::parse(text)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_included_and_none_of_the_excluded() {
        let selection = |include: &[&str], exclude: &[&str]| {
            let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
            Selection::parse(&SelectionArgs { include: texts(include), exclude: texts(exclude) })
        };
        let names = ["v1.0", "v1.1-rc1", "v2.0", "latest"];
        for (include, exclude, wanted) in [
            (&[][..], &[][..], &names[..]),
            (&["v1.*"], &[], &["v1.0", "v1.1-rc1"]),
            (&["v1.*", "latest"], &["*-rc*"], &["v1.0", "latest"]),
            (&[], &["v*"], &["latest"]),
            (&["nope"], &[], &[]),
        ] {
            let selection = selection(include, exclude).expect("patterns");
            let found: Vec<_> = names.into_iter().filter(|name| selection.takes(name)).collect();
            assert_eq!(found, wanted, "{include:?} {exclude:?}");
        }
        assert!(selection(&["["], &[]).is_err());
    }
}
