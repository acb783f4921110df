//! Platforms: for which operating system and processor an image is made, and which one of an index to take.
//!
//! The rules are those of containerd, which Docker follows; the fallbacks (an arm/v6 image runs on arm/v7) apply only to
//! the platform of this machine. A platform that the user named is taken literally.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An operating system and a processor (image-index.md, `platform`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// The processor, in Go's words: `amd64`, `arm64`.
    pub architecture: String,
    /// The operating system, in Go's words: `linux`, `windows`.
    pub os: String,
    /// The version of the operating system, which matters on Windows.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// The version of the processor: `v7` of `arm/v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Whatever else the platform says; kept for what is written again.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl Platform {
    /// A platform in its normal form (P-01, P-02).
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let os = match os.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        let (architecture, variant) = normalize(&architecture.to_ascii_lowercase(), variant.unwrap_or_default());
        Self { architecture, os, os_version: None, variant, other: serde_json::Map::new() }
    }

    /// The platform of the machine that rpush runs on. Images for it are Linux images on every host but Windows, as with
    /// Docker, whose containers run in a Linux machine there.
    pub fn of_this_machine() -> Self {
        let os = if cfg!(windows) { "windows" } else { "linux" };
        Self::new(os, std::env::consts::ARCH, None)
    }

    /// The same platform with each word in its normal form.
    pub fn normalized(&self) -> Self {
        let normal = Self::new(&self.os, &self.architecture, self.variant.as_deref());
        Self { os_version: self.os_version.clone(), ..normal }
    }

    /// Whether this is the `unknown/unknown` that marks an attestation in an index (T-11).
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }

    /// Whether an image for `offered` is exactly what was asked for. A version of the operating system counts only when it
    /// was asked for: `windows(10.0.17763)/amd64`.
    pub fn accepts(&self, offered: &Self) -> bool {
        let (wanted, offered) = (self.normalized(), offered.normalized());
        wanted.os == offered.os
            && wanted.architecture == offered.architecture
            && wanted.variant == offered.variant
            && wanted
                .os_version
                .as_ref()
                .is_none_or(|version| offered.os_version.as_ref().is_some_and(|offered| same_version(version, offered)))
    }

    /// This platform and those whose images run on it too, the best first (P-03).
    pub fn with_fallbacks(&self) -> Vec<Self> {
        let wanted = self.normalized();
        let level = |prefix: &str| -> Option<u32> { wanted.variant.as_deref()?.strip_prefix(prefix)?.parse().ok() };
        let mut all = vec![wanted.clone()];
        match wanted.architecture.as_str() {
            "arm" => {
                let newest = level("v").unwrap_or(7);
                all.extend((5..newest).rev().map(|v| Self::new(&wanted.os, "arm", Some(&format!("v{v}")))));
            }
            "arm64" => {
                if wanted.variant.is_some() {
                    all.push(Self::new(&wanted.os, "arm64", None));
                }
                all.extend((5..=8).rev().map(|v| Self::new(&wanted.os, "arm", Some(&format!("v{v}")))));
            }
            "amd64" => {
                let newest = level("v").unwrap_or(1);
                all.extend((1..newest).rev().map(|v| Self::new(&wanted.os, "amd64", Some(&format!("v{v}")))));
                all.push(Self::new(&wanted.os, "386", None));
            }
            _ => {}
        }
        all
    }
}

/// P-01 and P-02: the many names of one processor become one.
fn normalize(architecture: &str, variant: &str) -> (String, Option<String>) {
    let variant = variant.to_ascii_lowercase();
    let (architecture, variant) = match (architecture, variant.as_str()) {
        ("aarch64" | "arm64", "" | "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64" | "arm64", other) => ("arm64", other),
        ("x86_64" | "x86-64" | "amd64", "" | "v1") => ("amd64", ""),
        ("x86_64" | "x86-64" | "amd64", other) => ("amd64", other),
        ("i386" | "x86" | "386", _) => ("386", ""),
        ("armhf", _) => ("arm", "v7"),
        ("armel", _) => ("arm", "v6"),
        ("arm", "" | "7") => ("arm", "v7"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "6") => ("arm", "v6"),
        ("arm", "8") => ("arm", "v8"),
        (other, variant) => (other, variant),
    };
    (architecture.to_owned(), (!variant.is_empty()).then(|| variant.to_owned()))
}

/// Windows builds agree when major, minor and build do (P-04): the revision is a monthly update.
fn same_version(wanted: &str, offered: &str) -> bool {
    wanted.split('.').take(3).eq(offered.split('.').take(3))
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.os)?;
        if let Some(version) = &self.os_version {
            write!(f, "({version})")?;
        }
        write!(f, "/{}", self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

/// Why a text is not a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a platform, which looks like linux/amd64 or linux/arm/v7")]
pub struct ParsePlatformError(String);

impl FromStr for Platform {
    type Err = ParsePlatformError;

    /// Reads `os[(version)]/architecture[/variant]`.
    fn from_str(text: &str) -> Result<Self, ParsePlatformError> {
        let wrong = || ParsePlatformError(text.escape_default().to_string());
        let is_word = |word: &&str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        let (os, rest) = text.split_once('/').ok_or_else(wrong)?;
        let (os, os_version) = match os.split_once('(') {
            Some((os, version)) => (os, Some(version.strip_suffix(')').filter(is_word).ok_or_else(wrong)?)),
            None => (os, None),
        };
        let (architecture, variant) = match rest.split_once('/') {
            Some((architecture, variant)) => (architecture, Some(variant)),
            None => (rest, None),
        };
        if ![Some(os), Some(architecture), variant].iter().flatten().all(is_word) {
            return Err(wrong());
        }
        let platform = Self::new(os, architecture, variant);
        Ok(Self { os_version: os_version.map(str::to_owned), ..platform })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().expect("a platform")
    }

    #[test]
    fn many_names_of_one_platform_are_one() {
        for (written, normal) in [
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/armel", "linux/arm/v6"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/6", "linux/arm/v6"),
            ("linux/i386", "linux/386"),
            ("macos/arm64", "darwin/arm64"),
            ("windows(10.0.17763.1)/amd64", "windows(10.0.17763.1)/amd64"),
        ] {
            assert_eq!(platform(written).to_string(), normal);
        }
    }

    #[test]
    fn refuses_what_is_no_platform() {
        for text in ["", "linux", "linux/", "/amd64", "linux/amd64/", "linux/a b", "linux(/amd64", "linux/arm/v7/x"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_named_platform_is_taken_literally_and_windows_by_its_build() {
        assert!(platform("linux/arm64").accepts(&platform("linux/arm64/v8")));
        assert!(!platform("linux/arm/v7").accepts(&platform("linux/arm/v6")));
        assert!(platform("windows(10.0.17763)/amd64").accepts(&platform("windows(10.0.17763.99)/amd64")));
        assert!(!platform("windows(10.0.17763)/amd64").accepts(&platform("windows(10.0.20348)/amd64")));
        assert!(platform("windows/amd64").accepts(&platform("windows(10.0.20348)/amd64")));
    }

    #[test]
    fn this_machine_falls_back_to_what_also_runs_on_it() {
        let names = |text| platform(text).with_fallbacks().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("linux/arm/v7"), ["linux/arm/v7", "linux/arm/v6", "linux/arm/v5"]);
        assert_eq!(names("linux/amd64/v3"), ["linux/amd64/v3", "linux/amd64/v2", "linux/amd64", "linux/386"]);
        assert_eq!(names("linux/arm64")[..2], ["linux/arm64", "linux/arm/v8"]);
    }
}
