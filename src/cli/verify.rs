//! `--verify`: how far a push is believed. Words typed become one of three, and what a registry has in the end is asked of itself.

use std::str::FromStr;

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::context::Context;
use super::failure::Failure;
use crate::image::{Reference, Tag};
use crate::registry::Repository;
use crate::transfer::{Limits, Plan};
use crate::ui::size;

/// How far a push is believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verify {
    /// What the store has hashed before need not be hashed again, and the registry is believed.
    #[default]
    No,
    /// All that is sent is hashed again, and afterwards the registry is asked for every piece.
    Asked,
    /// The same, and every piece is read back and hashed.
    Deep,
}

/// Why a text is none of them.
#[derive(Debug, thiserror::Error)]
#[error("it takes `true`, `false` or `deep`")]
pub struct ParseVerifyError;

impl FromStr for Verify {
    type Err = ParseVerifyError;

    /// Reads all that a switch takes, and `deep`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "t" | "true" | "on" | "1" => Ok(Self::Asked),
            "n" | "no" | "f" | "false" | "off" | "0" => Ok(Self::No),
            "deep" => Ok(Self::Deep),
            _ => Err(ParseVerifyError),
        }
    }
}

impl Verify {
    /// Whether anything is verified at all.
    pub fn is_asked(self) -> bool {
        self != Self::No
    }

    /// Asks the registry for all of an image that was brought there, and for its tags.
    pub async fn after(
        self,
        plan: &Plan,
        name: &Reference,
        tags: &[Tag],
        (repository, limits): (&Repository, Limits),
        context: &Context,
    ) -> Result<(), Failure> {
        if !self.is_asked() {
            return Ok(());
        }
        // Of another one nothing is remembered that was sent or read before.
        let afresh = &repository.afresh();
        let at_once = if self == Self::Deep { limits.streams } else { limits.requests };
        let pieces = futures_util::stream::iter(plan.pieces()).map(|piece| async move {
            afresh.attest(piece).await?;
            match self {
                Self::Deep => afresh.read_back(piece).await,
                Self::Asked | Self::No => Ok(()),
            }
        });
        pieces.buffer_unordered(at_once).try_collect::<Vec<()>>().await?;
        let tagged = tags.iter().map(|tag| afresh.attest_tag(tag, &plan.root.descriptor.digest));
        futures_util::future::try_join_all(tagged).await?;
        let (count, bytes) = plan.pieces().fold((0, 0), |(count, bytes), piece| (count + 1, bytes + piece.size));
        let place = name.familiar_repository();
        context.console.talk(&match self {
            Self::Deep => {
                format!(
                    "verified: all {count} pieces ({}) were read back from {place} and hashed",
                    size::in_list(bytes)
                )
            }
            Self::Asked | Self::No => {
                format!("verified: {place} has all {count} pieces ({}), each with its size", size::in_list(bytes))
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_what_a_switch_takes_and_deep() {
        for (text, verify) in [
            ("true", Some(Verify::Asked)),
            ("1", Some(Verify::Asked)),
            ("Yes", Some(Verify::Asked)),
            ("off", Some(Verify::No)),
            ("false", Some(Verify::No)),
            ("deep", Some(Verify::Deep)),
            ("", None),
            ("deeper", None),
        ] {
            assert_eq!(text.parse::<Verify>().ok(), verify, "{text}");
        }
    }
}
