//! The file in which challenges and tokens wait for the next run. It is the user's own and nobody else can read it; and as
//! everything in it can be asked for anew, nothing that is wrong with it is an error: it is passed over and replaced.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::kept::{Kept, KeptToken, Owner, Wanted};
use crate::credentials::Secret;
use crate::image::Host;

/// The largest file that is read.
const MAX_FILE: u64 = 16 << 20;

/// How often, and how long apart, the lock is tried for. Whoever holds it needs a millisecond; but a process may have been
/// stopped in that millisecond, and nobody waits for a cache.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// The file of kept tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFile {
    directory: PathBuf,
}

impl TokenFile {
    /// The one in a directory, which is made when something is first kept.
    pub fn within(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Forgets all of a registry, whoever the account is: somebody logs in or out there. The one change that has to succeed,
    /// or somebody would believe something that is not so: when nothing else helps, the file goes.
    pub fn forget(&self, registry: &Host) -> io::Result<()> {
        if fs::symlink_metadata(self.path()).is_err() {
            return Ok(());
        }
        self.change(|kept| kept.forget(registry, SystemTime::now())).or_else(|error| {
            tracing::debug!("all kept tokens go: {error}");
            fs::remove_file(self.path())
        })
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.directory.join("tokens.json")
    }

    /// What is known for an owner.
    pub(in crate::registry) fn recall(&self, owner: &Owner) -> Option<(Wanted, Vec<KeptToken>)> {
        self.read()?.recall(owner, SystemTime::now())
    }

    /// Keeps what a registry wanted and took.
    pub(in crate::registry) fn learn(&self, owner: &Owner, wanted: Wanted, token: Option<KeptToken>) {
        self.note(self.change(|kept| kept.learn(owner, wanted, token, SystemTime::now())));
    }

    /// Drops what a registry did not take.
    pub(in crate::registry) fn unlearn(&self, owner: &Owner, token: Option<&Secret>) {
        self.change_if_there(|kept| kept.unlearn(owner, token, SystemTime::now()));
    }

    /// Leaves no directory where there was nothing to forget.
    fn change_if_there(&self, change: impl FnOnce(&mut Kept)) {
        if fs::symlink_metadata(self.path()).is_ok() {
            self.note(self.change(change));
        }
    }

    fn note(&self, result: io::Result<()>) {
        if let Err(error) = result {
            tracing::debug!("tokens are not kept in {}: {error}", self.path().display());
        }
    }

    /// The file, when it is fit to be believed.
    fn read(&self) -> Option<Kept> {
        private::check_directory(&self.directory).ok()?;
        // Asked before it is opened: opening a pipe would wait for somebody at its other end.
        if !fs::metadata(self.path()).is_ok_and(|found| found.is_file()) {
            return None;
        }
        let file = File::open(self.path()).ok()?;
        private::check_file(&file.metadata().ok()?)?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).ok()?;
        let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_FILE);
        fits.then(|| Kept::parse(&bytes))
    }

    /// Reads, changes and replaces the file under its lock.
    fn change(&self, change: impl FnOnce(&mut Kept)) -> io::Result<()> {
        private::make_directory(&self.directory)?;
        private::check_directory(&self.directory)?;
        let _lock = self.lock()?;
        let mut kept = self.read().unwrap_or_default();
        change(&mut kept);
        // Made for its owner alone, before anything is in it.
        let mut file = tempfile::Builder::new().prefix(".tokens").tempfile_in(&self.directory)?;
        file.write_all(&kept.to_bytes())?;
        file.persist(self.path()).map(drop).map_err(|error| error.error)
    }

    fn lock(&self) -> io::Result<File> {
        let path = self.directory.join("tokens.lock");
        let lock = private::options().create(true).truncate(false).write(true).open(path)?;
        for _ in 0..TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}

/// Whose files they are.
#[cfg(unix)]
mod private {
    use std::fs::Metadata;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};

    use super::{OpenOptions, Path, fs, io};

    fn is_own(found: &Metadata) -> bool {
        found.uid() == rustix::process::geteuid().as_raw()
    }

    /// A directory in which nobody else can put or replace files.
    pub fn check_directory(path: &Path) -> io::Result<()> {
        let found = fs::metadata(path)?;
        match is_own(&found) && found.mode() & 0o022 == 0 {
            true => Ok(()),
            false => Err(io::Error::other("others may write to the directory")),
        }
    }

    pub fn check_file(found: &Metadata) -> Option<()> {
        (found.is_file() && is_own(found) && found.mode() & 0o077 == 0).then_some(())
    }

    pub fn make_directory(path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    pub fn options() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.mode(0o600);
        options
    }
}

/// Elsewhere the user's directories are private by their place.
#[cfg(not(unix))]
mod private {
    use std::fs::Metadata;

    use super::{OpenOptions, Path, fs, io};

    pub fn check_directory(path: &Path) -> io::Result<()> {
        fs::metadata(path).map(drop)
    }

    pub fn check_file(found: &Metadata) -> Option<()> {
        found.is_file().then_some(())
    }

    pub fn make_directory(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::credentials::Credential;

    fn host() -> Host {
        "r.example".parse().expect("a host")
    }

    fn owner(account: &str) -> Owner {
        Owner::new(&host(), "https://r.example", &Credential::basic(account, "p")).expect("it needs tokens")
    }

    fn token(text: &str) -> KeptToken {
        KeptToken::new(&Default::default(), &text.into(), SystemTime::now(), Duration::from_secs(300))
    }

    fn wanted() -> Wanted {
        Wanted::Bearer { realm: "https://auth.example/token".into(), service: None }
    }

    fn setting() -> (tempfile::TempDir, TokenFile) {
        let directory = tempfile::tempdir().expect("a directory");
        let file = TokenFile::within(directory.path().join("cache/rpush"));
        (directory, file)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode can be set");
    }

    #[test]
    fn what_is_kept_comes_back_and_is_private() {
        let (_directory, file) = setting();
        assert!(file.recall(&owner("alice")).is_none());
        file.learn(&owner("alice"), wanted(), Some(token("t")));
        let (found, tokens) = file.recall(&owner("alice")).expect("it is kept");
        assert_eq!((found, tokens[0].value()), (wanted(), &"t".into()));
        assert_eq!((mode(&file.directory), mode(&file.path())), (0o700, 0o600));
        assert_eq!(mode(&file.directory.join("tokens.lock")), 0o600);
        file.forget(&host()).expect("it can be forgotten");
        assert!(file.recall(&owner("alice")).is_none());
        assert!(!fs::read_to_string(file.path()).expect("text").contains("alice"));
    }

    #[test]
    fn where_there_is_nothing_to_forget_nothing_is_made() {
        let (_directory, file) = setting();
        file.forget(&host()).expect("there is nothing");
        file.unlearn(&owner("alice"), None);
        assert!(!file.directory.exists());
    }

    /// A file that others could have read or written is not believed; it is replaced by one that they cannot.
    #[test]
    fn an_unfit_file_is_passed_over_and_replaced() {
        type Spoil = fn(&TokenFile);
        let spoil: [(&str, Spoil); 6] = [
            ("readable for others", |file| set_mode(&file.path(), 0o644)),
            ("broken", |file| fs::write(file.path(), "{\"version\":1,").expect("written")),
            ("too large", |file| {
                let large = OpenOptions::new().write(true).open(file.path()).expect("opens");
                large.set_len(MAX_FILE + 1).expect("a hole");
            }),
            ("unreadable", |file| set_mode(&file.path(), 0o000)),
            ("a link that leads nowhere", |file| {
                fs::remove_file(file.path()).expect("removed");
                symlink("nowhere", file.path()).expect("a link");
            }),
            ("a pipe", |file| {
                fs::remove_file(file.path()).expect("removed");
                let made = std::process::Command::new("mkfifo").arg(file.path()).status();
                assert!(made.expect("mkfifo runs").success());
            }),
        ];
        for (name, spoil) in spoil {
            let (_directory, file) = setting();
            file.learn(&owner("alice"), wanted(), Some(token("t")));
            spoil(&file);
            // Nothing keeps the superuser from reading; the mode does not say that others can.
            if name != "unreadable" {
                assert!(file.recall(&owner("alice")).is_none(), "{name}");
            }
            file.learn(&owner("bob"), Wanted::Basic, None);
            assert!(file.recall(&owner("bob")).is_some(), "{name}");
            assert_eq!(mode(&file.path()), 0o600, "{name}");
        }
    }

    #[test]
    fn a_directory_in_which_others_write_is_not_used() {
        let (_directory, file) = setting();
        file.learn(&owner("alice"), wanted(), None);
        set_mode(&file.directory, 0o777);
        assert!(file.recall(&owner("alice")).is_none());
        file.learn(&owner("bob"), wanted(), None);
        set_mode(&file.directory, 0o700);
        assert!(file.recall(&owner("bob")).is_none());
    }

    #[test]
    fn nobody_waits_for_ever_for_the_lock() {
        let (_directory, file) = setting();
        file.learn(&owner("alice"), wanted(), None);
        let held = file.lock().expect("nobody has it");
        file.learn(&owner("bob"), wanted(), None);
        assert!(file.recall(&owner("alice")).is_some() && file.recall(&owner("bob")).is_none());
        // But what is to be forgotten is.
        file.forget(&host()).expect("the file can go");
        assert!(file.recall(&owner("alice")).is_none());
        drop(held);
        file.learn(&owner("bob"), wanted(), None);
        assert!(file.recall(&owner("bob")).is_some());
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let (_directory, file) = setting();
        thread::scope(|scope| {
            for number in 0..16 {
                let file = &file;
                scope.spawn(move || file.learn(&owner(&format!("user{number}")), wanted(), None));
            }
        });
        for number in 0..16 {
            assert!(file.recall(&owner(&format!("user{number}"))).is_some(), "{number}");
        }
    }
}
