//! The registries that a copy writes to.

use super::ends::End;
use super::{Context, CopyArgs, Failure};
use crate::image::{Host, Reference};
use crate::registry::{Purpose, Registry, Repository};

/// The registries that are written to, one for each repository: each may have an account of its own.
pub struct Depots(Vec<(Reference, Registry)>);

impl Depots {
    /// Opens them. Nothing is sent yet.
    pub async fn open(ends: &[End], args: &CopyArgs, context: &Context) -> Result<Self, Failure> {
        let mut depots: Vec<(Reference, Registry)> = Vec::new();
        for name in ends.iter().filter_map(End::registry) {
            if !depots.iter().any(|(other, _)| other.host == name.host && other.name == name.name) {
                let registry = context.registry(&name.host, Some(&name.name), &args.registry).await?;
                depots.push((name.clone(), registry));
            }
        }
        Ok(Self(depots))
    }

    /// One on this host.
    pub fn on_host(&self, host: &Host) -> Option<(&Reference, &Registry)> {
        self.0.iter().find(|(name, _)| name.host == *host).map(|(name, registry)| (name, registry))
    }

    /// A repository to write to.
    pub fn repository(&self, name: &Reference) -> Repository {
        let is_it = |(other, _): &&(Reference, Registry)| other.host == name.host && other.name == name.name;
        let (_, registry) = self.0.iter().find(is_it).expect("each destination has one");
        registry.repository(&name.name, Purpose::Push)
    }
}
