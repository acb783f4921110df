//! What becomes of a name that is to be given on a registry: it may be free, or stand for something already.

use crate::cli::failure::Failure;
use crate::cli::guard::{Guard, Held, Reason};
use crate::content::Error;
use crate::image::{Digest, Reference, Tag};
use crate::registry::Repository;
use crate::ui::Console;

/// Whether anything is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It is done.
    Done,
    /// It is told, and nothing is changed.
    Told,
}

/// What the options want.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// `--no-clobber`, and what the configuration says.
    pub guard: &'a Guard,
    /// `--dry-run`.
    pub deed: Deed,
}

/// What becomes of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is given; nobody has looked whether it was free, where that does not matter.
    Given,
    /// It is there, and stands for the same already.
    Same,
    /// It stands for this now, and moves.
    Moved(Digest),
    /// It stands for this, and is left.
    Left(Digest),
    /// It stands for this, and is left because the configuration says that it is immutable: nobody has typed that.
    Fixed(Digest),
}

impl Manner<'_> {
    /// What becomes of a tag that is to name `digest`. Where it makes no difference, the registry is not asked.
    pub async fn fate(self, repository: &Repository, tag: &Tag, digest: &Digest) -> Result<Fate, Error> {
        let reason = self.guard.reason(tag);
        if reason.is_none() && self.deed == Deed::Done {
            return Ok(Fate::Given);
        }
        Ok(match (repository.named(tag).await?, reason) {
            (None, _) => Fate::Given,
            (Some(found), _) if found == *digest => Fate::Same,
            (Some(found), None) => Fate::Moved(found),
            (Some(found), Some(Reason::NoClobber)) => Fate::Left(found),
            (Some(found), Some(Reason::Immutable(_))) => Fate::Fixed(found),
        })
    }

    /// Tells what would become of a name, or that one was left.
    pub fn tell(self, name: &Reference, digest: &Digest, fate: Fate, console: &Console) {
        let name = name.familiar();
        match (self.deed, fate) {
            (Deed::Told, Fate::Given) => console.data(&format!("{name}: would name {digest}")),
            (Deed::Told, Fate::Same) => console.data(&format!("{name}: names {digest} already")),
            (Deed::Told, Fate::Moved(old)) => console.data(&format!("{name}: would move to {digest} from {old}")),
            (Deed::Told, Fate::Left(old) | Fate::Fixed(old)) => {
                console.data(&format!("{name}: would be left, it names {old}"))
            }
            (Deed::Done, Fate::Left(old)) => console.talk(&format!("{name}: left as it is, it names {old}")),
            // A failure tells of one that is fixed.
            (Deed::Done, Fate::Given | Fate::Same | Fate::Moved(_) | Fate::Fixed(_)) => {}
        }
    }

    /// The failure for a name that is fixed: whoever typed the command wanted it to move.
    pub fn failure(self, name: &Reference, fate: Fate) -> Option<Failure> {
        let (Fate::Fixed(names), Some(tag)) = (fate, name.tag.clone()) else { return None };
        let reason = self.guard.reason(&tag)?;
        Some(self.guard.failure(name, &Held { tag, names, reason }))
    }
}
