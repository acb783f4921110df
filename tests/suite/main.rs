//! The stories of rpush, one file each: the built program against registries, archives and layouts, as its users meet it.

mod advisories;
mod attach;
#[cfg(unix)]
mod copy;
#[cfg(unix)]
mod daemon;
#[cfg(unix)]
mod docker_words;
mod doctor;
mod endurance;
mod errors;
#[cfg(unix)]
mod exit_codes;
mod faults;
mod fifty;
mod forged;
mod fsck;
mod hub;
mod images;
mod index;
mod interrupted;
#[cfg(unix)]
mod json;
mod kinds;
mod login;
mod ls;
#[cfg(unix)]
mod make;
mod malformed;
mod memory;
mod mirrors;
mod pull;
mod push;
mod ranges;
mod registry;
mod remote;
mod retag;
mod roads;
mod scale;
mod search;
mod secrets;
mod sources;
mod support;
mod tls;
mod tokens;
mod tutorial;
#[cfg(unix)]
mod verified;
