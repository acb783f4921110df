//! rpush
pub mod image;
