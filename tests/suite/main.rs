//! The stories of rpush, one file each: the built program against registries, archives and layouts, as its users meet it.

mod doctor;
mod endurance;
mod errors;
mod fifty;
mod hub;
mod images;
mod interrupted;
mod login;
mod malformed;
mod mirrors;
mod pull;
mod push;
mod registry;
mod retag;
mod roads;
mod secrets;
mod sources;
mod support;
mod tls;
mod tokens;
mod tutorial;
