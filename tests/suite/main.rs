//! The stories of rpush, one file each: the built program against registries, archives and layouts, as its users meet it.

mod doctor;
mod endurance;
mod errors;
mod faults;
mod fifty;
mod hub;
mod images;
mod interrupted;
mod login;
mod malformed;
mod pull;
mod push;
mod registry;
mod roads;
mod secrets;
mod sources;
mod support;
mod tls;
mod tokens;
mod tutorial;
