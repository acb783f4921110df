//! What becomes of a name that is to be given on a registry: it may be free, or stand for something already.

use crate::content::Error;
use crate::image::{Digest, Reference, Tag};
use crate::registry::Repository;
use crate::ui::Console;

/// What becomes of names that stand for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clobber {
    /// They move.
    Move,
    /// They are left as they are.
    Leave,
}

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
pub struct Manner {
    /// `--no-clobber`.
    pub clobber: Clobber,
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
}

impl Manner {
    /// What becomes of a tag that is to name `digest`. Where it makes no difference, the registry is not asked.
    pub async fn fate(self, repository: &Repository, tag: &Tag, digest: &Digest) -> Result<Fate, Error> {
        if (self.clobber, self.deed) == (Clobber::Move, Deed::Done) {
            return Ok(Fate::Given);
        }
        Ok(match (repository.named(tag).await?, self.clobber) {
            (None, _) => Fate::Given,
            (Some(found), _) if found == *digest => Fate::Same,
            (Some(found), Clobber::Move) => Fate::Moved(found),
            (Some(found), Clobber::Leave) => Fate::Left(found),
        })
    }

    /// Tells what would become of a name, or that one was left.
    pub fn tell(self, name: &Reference, digest: &Digest, fate: Fate, console: &Console) {
        let name = name.familiar();
        match (self.deed, fate) {
            (Deed::Told, Fate::Given) => console.data(&format!("{name}: would name {digest}")),
            (Deed::Told, Fate::Same) => console.data(&format!("{name}: names {digest} already")),
            (Deed::Told, Fate::Moved(old)) => console.data(&format!("{name}: would move to {digest} from {old}")),
            (Deed::Told, Fate::Left(old)) => console.data(&format!("{name}: would be left, it names {old}")),
            (Deed::Done, Fate::Left(old)) => console.talk(&format!("{name}: left as it is, it names {old}")),
            (Deed::Done, Fate::Given | Fate::Same | Fate::Moved(_)) => {}
        }
    }
}
