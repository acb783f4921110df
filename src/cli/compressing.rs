//! How layers are compressed that are not compressed yet: the same two options wherever such layers come in.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::context::Context;
use super::failure::Failure;
use crate::archive::{Coder, Compression};

/// The options.
#[derive(Debug, Clone, Default, Args)]
pub struct CompressionArgs {
    /// How to compress the layers that are not compressed yet; `gzip` if nothing is said.
    #[arg(long, value_name = "CODER", value_parser = coders(), env = "RPUSH_COMPRESSION", hide_env_values = true)]
    compression: Option<Coder>,
    /// How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd; 2 and 3 if nothing is said.
    #[arg(long, value_name = "N", env = "RPUSH_COMPRESSION_LEVEL", hide_env_values = true)]
    compression_level: Option<u32>,
}

impl CompressionArgs {
    /// What they and the configuration say.
    pub fn resolve(&self, context: &Context) -> Result<Compression, Failure> {
        Compression::new(context.settings.coder(self.compression), self.compression_level)
            .map_err(|error| Failure::usage(error.to_string()))
    }
}

fn coders() -> impl TypedValueParser<Value = Coder> {
    PossibleValuesParser::new(["gzip", "zstd"]).try_map(|name| name.parse::<Coder>())
}
