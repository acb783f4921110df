//! The environment as a value: read once when rpush starts, so that what depends on it can be tested without changing the
//! environment of a whole process.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use super::Secret;

/// The variables that say who rpush is and where credentials lie. An empty variable is one that is not set.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `RPUSH_USERNAME`.
    pub username: Option<String>,
    /// `RPUSH_PASSWORD`.
    pub password: Option<Secret>,
    /// `RPUSH_TOKEN`: a token that the registry takes as it is.
    pub token: Option<Secret>,
    /// `DOCKER_AUTH_CONFIG`: what a `config.json` has, as a value.
    pub docker_auth_config: Option<Secret>,
    /// `REGISTRY_AUTH_FILE`: the file of Podman, Skopeo and Buildah.
    pub registry_auth_file: Option<PathBuf>,
    /// `DOCKER_CONFIG`: the directory of `config.json`.
    pub docker_config: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub config_home: Option<PathBuf>,
    /// The person's own directory.
    pub home: Option<PathBuf>,
    /// `PATH`, where helpers are looked for.
    pub path: Option<OsString>,
    /// Whether a keyring can ask somebody for its password: `DISPLAY` or `WAYLAND_DISPLAY`, or a system that always can.
    pub has_display: bool,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let raw = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| raw(name).and_then(|value| value.into_string().ok());
        let path = |name: &str| raw(name).map(PathBuf::from);
        Self {
            username: text("RPUSH_USERNAME"),
            password: text("RPUSH_PASSWORD").map(Secret::from),
            token: text("RPUSH_TOKEN").map(Secret::from),
            docker_auth_config: text("DOCKER_AUTH_CONFIG").map(Secret::from),
            registry_auth_file: path("REGISTRY_AUTH_FILE"),
            docker_config: path("DOCKER_CONFIG"),
            runtime_dir: path("XDG_RUNTIME_DIR"),
            config_home: path("XDG_CONFIG_HOME"),
            home: env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            path: raw("PATH"),
            has_display: cfg!(any(windows, target_os = "macos"))
                || raw("DISPLAY").or_else(|| raw("WAYLAND_DISPLAY")).is_some(),
        }
    }

    /// Docker's file.
    pub(super) fn docker_file(&self) -> Option<PathBuf> {
        let directory = self.docker_config.clone().or_else(|| Some(self.home.as_ref()?.join(".docker")))?;
        Some(directory.join("config.json"))
    }

    /// Podman's files, the one that lives until the next restart first.
    pub(super) fn podman_files(&self) -> impl Iterator<Item = PathBuf> {
        let config = self.config_home.clone().or_else(|| Some(self.home.as_ref()?.join(".config")));
        [self.runtime_dir.clone(), config].into_iter().flatten().map(|directory| directory.join("containers/auth.json"))
    }
}
