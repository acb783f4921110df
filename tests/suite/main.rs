//! The stories of rpush, one file each: the built program against registries, archives and layouts, as its users meet it.

mod advisories;
mod attach;
#[cfg(unix)]
mod completion;
#[cfg(unix)]
mod copy;
#[cfg(unix)]
mod daemon;
#[cfg(unix)]
mod docker_words;
mod doctor;
#[cfg(unix)]
mod documents;
mod endurance;
mod errors;
mod events;
#[cfg(unix)]
mod exit_codes;
mod faults;
mod fifty;
mod forged;
mod fsck;
#[cfg(unix)]
mod graph;
mod habits;
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
#[cfg(unix)]
mod packaging;
mod pipeline;
mod plans;
mod pull;
mod push;
mod ranges;
mod registry;
mod remote;
mod retag;
mod roads;
mod scale;
mod screen;
mod search;
mod secrets;
mod sources;
mod support;
mod tls;
mod tokens;
mod tutorial;
#[cfg(unix)]
mod verified;
