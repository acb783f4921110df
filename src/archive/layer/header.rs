//! The header of a member: plain where that holds everything, and behind an extended one in the form of POSIX (pax) where names,
//! owners or sizes are too large for it, or a program has capabilities.

use tar::{EntryType, Header};

use super::directory::{BLOCK, Kind, Member, Ownership, Rules};
use crate::archive::error::Fault;

/// The longest name that a plain header holds.
const SHORT: usize = 100;
/// The largest number that seven octal digits hold.
const MAX_OWNER: u64 = 0o777_7777;
/// The largest number that eleven octal digits hold.
const MAX_OCTAL: u64 = 0o777_7777_7777;
/// Which capabilities a program has, and the name of that in a tar.
#[cfg(target_os = "linux")]
const CAPABILITIES: (&str, &str) = ("security.capability", "SCHILY.xattr.security.capability");

/// The header of a member, behind an extended one where it does not hold everything.
pub(super) fn headers(member: &Member, rules: &Rules) -> Result<Vec<u8>, Fault> {
    let (user, group) = match (rules.ownership, &member.path) {
        (Ownership::Of { user, group }, Some(_)) => (user, group),
        (Ownership::Kept, Some(_)) => (member.facts.user, member.facts.group),
        (_, None) => (0, 0),
    };
    let mut name = member.name.clone();
    let (kind, size, target) = match &member.kind {
        Kind::Directory => {
            name.push(b'/');
            (EntryType::Directory, 0, None)
        }
        Kind::File => (EntryType::Regular, member.facts.size, None),
        Kind::Symlink(target) => (EntryType::Symlink, 0, Some(target)),
        Kind::Link(target) => (EntryType::Link, 0, Some(target)),
    };
    let mut extended = Extended::default();
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(member.facts.mode);
    header.set_uid(extended.number("uid", u64::from(user), MAX_OWNER));
    header.set_gid(extended.number("gid", u64::from(group), MAX_OWNER));
    header.set_size(extended.number("size", size, MAX_OCTAL));
    header.set_mtime(extended.number("mtime", rules.time, MAX_OCTAL));
    let fields = header.as_old_mut();
    extended.text("path", &name, &mut fields.name);
    if let Some(target) = target {
        extended.text("linkpath", target, &mut fields.linkname);
    }
    if member.kind == Kind::File {
        extended.capabilities(member)?;
    }
    header.set_cksum();
    let mut bytes = extended.into_bytes();
    bytes.extend_from_slice(header.as_bytes());
    Ok(bytes)
}

/// What does not fit into a header, in the form of POSIX (pax).
#[derive(Default)]
struct Extended(Vec<u8>);

impl Extended {
    /// A number for the header; none when it is too large for one.
    fn number(&mut self, key: &str, value: u64, largest: u64) -> u64 {
        if value <= largest {
            return value;
        }
        self.add(key, value.to_string().as_bytes());
        0
    }

    /// Writes a text into its field, as much as there is room for.
    fn text(&mut self, key: &str, value: &[u8], field: &mut [u8; SHORT]) {
        if value.len() > SHORT {
            // Without it, texts here are UTF-8.
            if std::str::from_utf8(value).is_err() {
                self.add("hdrcharset", b"BINARY");
            }
            self.add(key, value);
        }
        let length = value.len().min(SHORT);
        field[..length].copy_from_slice(&value[..length]);
    }

    /// What a program may do without being root's.
    #[cfg(target_os = "linux")]
    fn capabilities(&mut self, member: &Member) -> Result<(), Fault> {
        use rustix::io::Errno;
        let Some(path) = &member.path else { return Ok(()) };
        let mut value = [0; 128];
        match rustix::fs::lgetxattr(path, CAPABILITIES.0, &mut value) {
            Ok(length) => self.add(CAPABILITIES.1, &value[..length]),
            Err(Errno::NODATA | Errno::NOTSUP) => {}
            Err(error) => return Err(super::directory::unreadable(path, error.into())),
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn capabilities(&mut self, _: &Member) -> Result<(), Fault> {
        Ok(())
    }

    /// Adds a record: `LENGTH KEY=VALUE`, in which the length counts itself.
    fn add(&mut self, key: &str, value: &[u8]) {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        self.0.extend_from_slice(format!("{length} {key}=").as_bytes());
        self.0.extend_from_slice(value);
        self.0.push(b'\n');
    }

    /// As a member of its own; nothing, when there is nothing to say.
    fn into_bytes(self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::XHeader);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(self.0.len() as u64);
        header.as_old_mut().name[..NAME_OF_EXTENDED.len()].copy_from_slice(NAME_OF_EXTENDED);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(&self.0);
        bytes.resize(bytes.len().next_multiple_of(BLOCK as usize), 0);
        bytes
    }
}

/// What is unpacked under this name by a program from before 2001.
const NAME_OF_EXTENDED: &[u8] = b"PaxHeaders.0";
