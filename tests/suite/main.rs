//! The stories of rpush, one file each.

mod registry;
