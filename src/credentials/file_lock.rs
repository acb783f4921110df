//! A lock on a file of accounts, so that of two logins at once neither loses what the other has written. Docker and Podman take
//! none: against them it does not help, and the file is still always whole.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::Error;
use super::docker_config::{behind_links, create_private, keep_owner};

/// Nobody else who takes the lock changes the file while this lives.
pub struct FileLock(#[allow(dead_code, reason = "closing the file is what gives the lock back")] Option<File>);

impl FileLock {
    /// Waits for the lock on a file. It lies beside the file itself, behind symbolic links, and stays there: who removed it would
    /// take it away from somebody who waits for it.
    pub fn on(path: &Path) -> Result<Self, Error> {
        Self::take(path).map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    fn take(path: &Path) -> io::Result<Self> {
        let target = behind_links(path)?;
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        create_private(directory)?;
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(directory.join(name))?;
        keep_owner(directory, &file)?;
        match file.lock() {
            // Some file systems have no locks: it is as safe there as Docker itself.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::debug!("{} cannot be locked: {error}", path.display());
                Ok(Self(None))
            }
            locked => locked.map(|()| Self(Some(file))),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use crate::credentials::{Chain, Credential, Environment, Place};
    use crate::image::Host;

    fn host(number: usize) -> Host {
        format!("r{number}.example").parse().expect("a host")
    }

    /// With the file behind a link, as people have it who keep it in a repository of dotfiles.
    #[test]
    fn of_many_logins_and_logouts_at_once_none_is_lost() {
        let directory = tempfile::tempdir().expect("a directory");
        let (home, real) = (directory.path().join(".docker"), directory.path().join("dotfiles"));
        fs::create_dir_all(&home).expect("made");
        fs::create_dir_all(&real).expect("made");
        fs::write(real.join("docker.json"), r#"{"HttpHeaders":{"X":"y"}}"#).expect("written");
        std::os::unix::fs::symlink("../dotfiles/docker.json", home.join("config.json")).expect("a link");
        let environment = Environment { home: Some(directory.path().to_owned()), ..Environment::default() };
        let credential = |number: usize| Credential::basic(format!("user{number}"), "p");
        std::thread::scope(|scope| {
            for number in 0..24 {
                let chain = Chain::new(environment.clone());
                scope.spawn(move || {
                    let keep =
                        || chain.store(&host(number), &format!("user{number}"), &credential(number), &Place::File);
                    keep().expect("stored");
                    chain.erase(&host(number)).expect("erased");
                    keep().expect("stored again");
                });
            }
        });
        let chain = Chain::new(environment);
        for number in 0..24 {
            assert_eq!(chain.lookup(&host(number), None).credential, credential(number));
        }
        assert!(fs::symlink_metadata(home.join("config.json")).expect("there").is_symlink());
        let text = fs::read_to_string(real.join("docker.json")).expect("there");
        assert!(text.contains("HttpHeaders"), "{text}");
        let left: Vec<_> =
            fs::read_dir(&real).expect("there").map(|entry| entry.expect("an entry").file_name()).collect();
        assert_eq!(left.len(), 2, "the file and its lock: {left:?}");
    }
}
