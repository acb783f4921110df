//! Locks among processes: those of the system, and where a file system has none (NFS without its lock daemon, some FUSE and
//! SMB mounts), files that exist as long as somebody holds them.
//!
//! Such a file appears whole and only where there is none, which is atomic on every file system. It says who its owner is: what a
//! process of this machine left that was killed is removed by the next one; what another machine left is waited for, and then
//! named, because only a person can know that nobody is there any more. The clock of the wall plays no part in it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long somebody who holds a file is waited for. Whoever changes `index.json` needs a moment, whoever collects garbage
/// in a large store on a slow disk some seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Something that is held until it is dropped.
#[derive(Debug)]
pub(super) enum Held {
    /// A lock of the system, which lives as long as the file is open.
    System(#[expect(dead_code, reason = "it is held, not used")] File),
    /// A file, which lives as long as this.
    Owned(#[expect(dead_code, reason = "it is held, not used")] Owned),
}

/// Who may hold a lock at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Many.
    Shared,
    /// One.
    Alone,
}

/// Takes a lock, and waits for it.
pub(super) fn wait_for(path: &Path, file: File, share: Share) -> io::Result<Held> {
    let locked = match share {
        Share::Shared => file.lock_shared(),
        Share::Alone => file.lock(),
    };
    match locked {
        Ok(()) => Ok(Held::System(file)),
        Err(error) if has_no_locks(&error) => own(path, share, PATIENCE).map(Held::Owned),
        Err(error) => Err(error),
    }
}

/// Takes a lock for oneself alone, if nobody has it.
pub(super) fn try_alone(path: &Path, file: File) -> io::Result<Option<Held>> {
    match file.try_lock() {
        Ok(()) => Ok(Some(Held::System(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) if has_no_locks(&error) => own_alone(path),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether the file system has no locks, which is not the same as a lock that somebody has.
fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    let by_number = {
        use rustix::io::Errno;
        let number = error.raw_os_error();
        [Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOTSUP, Errno::NOSYS]
            .iter()
            .any(|one| number == Some(one.raw_os_error()))
    };
    #[cfg(not(unix))]
    let by_number = false;
    by_number || error.kind() == io::ErrorKind::Unsupported
}

fn own(path: &Path, share: Share, patience: Duration) -> io::Result<Owned> {
    let gate = Owned::wait(&beside(path, "owner"), patience)?;
    match share {
        Share::Alone => Ok(gate),
        // Nobody begins to be alone between the look at the gate and this.
        Share::Shared => Owned::in_directory(&beside(path, "shared")),
    }
}

fn own_alone(path: &Path) -> io::Result<Option<Held>> {
    let gate = match Owned::wait(&beside(path, "owner"), Duration::ZERO) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
        other => other?,
    };
    for sharer in fs::read_dir(beside(path, "shared")).into_iter().flatten().flatten() {
        match fs::read_to_string(sharer.path()) {
            Ok(owner) if is_dead(&owner) => fs::remove_file(sharer.path())?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(Held::Owned(gate)))
}

/// `transfers.lock` -> `transfers.lock.owner`.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}

/// A file that exists as long as this.
#[derive(Debug)]
pub(super) struct Owned(PathBuf);

impl Drop for Owned {
    fn drop(&mut self) {
        // What cannot be removed is found to have no owner.
        let _ = fs::remove_file(&self.0);
    }
}

impl Owned {
    fn wait(path: &Path, patience: Duration) -> io::Result<Self> {
        let begun = Instant::now();
        loop {
            match make(path) {
                Ok(()) => return Ok(Self(path.to_owned())),
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Err(_) => {}
            }
            let owner = fs::read_to_string(path).unwrap_or_default();
            if is_dead(&owner) {
                remove_from_dead(path, &owner)?;
            } else if begun.elapsed() >= patience {
                let words = format!(
                    "{} is held by {}; if that is not running any more, remove the file",
                    path.display(),
                    named(&owner)
                );
                return Err(io::Error::new(io::ErrorKind::WouldBlock, words));
            } else {
                thread::sleep(PAUSE);
            }
        }
    }

    fn in_directory(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let path = directory.join(format!("{}-{:016x}", std::process::id(), fastrand::u64(..)));
        // Outside of it until it is whole: one without an owner would count for ever.
        make_from(directory.parent().expect("it is in the layout"), &path)?;
        Ok(Self(path))
    }
}

/// Makes the file where there is none, with its owner in it from the first moment.
fn make(path: &Path) -> io::Result<()> {
    make_from(path.parent().expect("a file lies in a directory"), path)
}

fn make_from(directory: &Path, path: &Path) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".owner-").tempfile_in(directory)?;
    file.write_all(owner().as_bytes())?;
    file.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

/// Removes what a killed process left. Two who find it must not both remove it, or the second would remove the file of whoever
/// came in between: only one at a time may, and looks again.
fn remove_from_dead(path: &Path, owner: &str) -> io::Result<()> {
    let _only = match make(&beside(path, "removal")) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            thread::sleep(PAUSE);
            return Ok(());
        }
        made => made.map(|()| Owned(beside(path, "removal")))?,
    };
    match fs::read_to_string(path) {
        Ok(now) if now == owner => fs::remove_file(path),
        _ => Ok(()),
    }
}

/// This process: a place in which process ids mean something, and an id there.
fn owner() -> String {
    format!("{}\n{}", place(), std::process::id())
}

/// A machine since it was started, and a namespace of process ids on it.
fn place() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let (host, boot) = (read("/proc/sys/kernel/hostname"), read("/proc/sys/kernel/random/boot_id"));
    format!("{host} {boot} {}", namespace.display())
}

/// Whether the owner was a process of this machine and is no more. Where nothing can be known, nobody is dead.
fn is_dead(owner: &str) -> bool {
    let Some((there, id)) = owner.split_once('\n') else { return false };
    let is_known = Path::new("/proc/self/ns/pid").exists() && there == place();
    is_known && id.parse::<u32>().is_ok_and(|id| !Path::new(&format!("/proc/{id}")).exists())
}

fn named(owner: &str) -> String {
    match owner.split_once('\n') {
        Some((there, id)) => format!("process {id} on {}", there.split(' ').next().unwrap_or_default()),
        None => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("transfers.lock");
        (directory, path)
    }

    fn alone(path: &Path) -> Option<Held> {
        own_alone(path).expect("asked")
    }

    #[test]
    fn many_share_or_one_is_alone() {
        let (directory, path) = directory();
        let share = || own(&path, Share::Shared, Duration::ZERO);
        let sharers = [share().expect("shared"), share().expect("shared")];
        assert!(alone(&path).is_none());
        drop(sharers);
        let held = alone(&path).expect("nobody is there");
        assert_eq!(share().expect_err("somebody is alone").kind(), io::ErrorKind::WouldBlock);
        assert!(alone(&path).is_none());
        drop(held);
        drop(share().expect("shared"));
        let left: Vec<_> =
            fs::read_dir(directory.path()).expect("listed").flatten().map(|file| file.file_name()).collect();
        assert_eq!(left, ["transfers.lock.shared"]);
    }

    #[test]
    fn one_at_a_time_changes_something() {
        let (directory, path) = directory();
        let counter = directory.path().join("counter");
        fs::write(&counter, "0").expect("written");
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _held = own(&path, Share::Alone, PATIENCE).expect("in the end");
                    let number: u32 = fs::read_to_string(&counter).expect("read").parse().expect("a number");
                    thread::yield_now();
                    fs::write(&counter, (number + 1).to_string()).expect("written");
                });
            }
        });
        assert_eq!(fs::read_to_string(&counter).expect("read"), "8");
    }

    /// What was left by a process that is no more is removed; what another machine left is not, and is named.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_dead_hold_nothing_and_strangers_do() {
        let (_directory, path) = directory();
        let mut dead = std::process::Command::new("true").spawn().expect("started");
        dead.wait().expect("ended");
        let (dead, stranger) = (format!("{}\n{}", place(), dead.id()), format!("elsewhere b pid:[1]\n{}", dead.id()));
        let gate = beside(&path, "owner");
        fs::write(&gate, &dead).expect("written");
        fs::create_dir(beside(&path, "shared")).expect("made");
        fs::write(beside(&path, "shared").join("x"), &dead).expect("written");
        drop(alone(&path).expect("nobody lives"));
        fs::write(beside(&path, "shared").join("x"), &stranger).expect("written");
        assert!(alone(&path).is_none());
        for owner in [stranger.as_str(), "", "rubbish"] {
            fs::write(&gate, owner).expect("written");
            let error = own(&path, Share::Alone, Duration::ZERO).expect_err("held").to_string();
            assert!(error.contains("remove the file"), "{error}");
            assert!(error.contains("process"), "{error}");
            assert!(gate.exists());
        }
    }
}
