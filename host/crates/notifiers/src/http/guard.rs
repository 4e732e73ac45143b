use super::{AllowList, Destination, Obstacle, Resolver, Unfit, address::not_public};
use std::{net::IpAddr, sync::Arc};
use url::Host;

/// Of what a name leads to, the addresses that are looked at.
const MOST_ADDRESSES: usize = 32;

/// Names that mean something else on each network.
const LOCAL_SUFFIXES: [&str; 5] = [".localhost", ".local", ".internal", ".home.arpa", ".localdomain"];

/// Decides where requests may go.
#[derive(Clone)]
pub struct Guard {
    allowed: AllowList,
    resolver: Arc<dyn Resolver>,
}

impl Guard {
    pub fn new(allowed: AllowList, resolver: Arc<dyn Resolver>) -> Self {
        Self { allowed, resolver }
    }

    /// What can be said of a URL without asking where its name leads to.
    pub fn check(&self, url: &str) -> Result<Destination, Unfit> {
        let destination = Destination::parse(url)?;
        match &destination.host {
            Host::Domain(name) if is_local(name) && !self.allowed.names(name) => Err(Unfit::LocalName),
            _ => {
                destination.literal().map_or(Ok(()), |address| self.admit(address))?;
                Ok(destination)
            }
        }
    }

    /// The addresses that the connection may go to. When a name leads to one that is not public, none of them is used.
    pub(super) async fn addresses(&self, destination: &Destination) -> Result<Vec<IpAddr>, Obstacle> {
        let name = match (&destination.host, destination.literal()) {
            (_, Some(address)) => {
                self.admit(address)?;
                return Ok(vec![address]);
            }
            (Host::Domain(name), None) => name,
            (_, None) => return Err(Obstacle::NoAddress),
        };
        let mut found = self.resolver.resolve(name).await.map_err(Obstacle::Name)?;
        found.truncate(MOST_ADDRESSES);
        for address in &mut found {
            *address = address.to_canonical();
            if !self.allowed.names(name) {
                self.admit(*address)?;
            }
        }
        if found.is_empty() { Err(Obstacle::NoAddress) } else { Ok(found) }
    }

    fn admit(&self, address: IpAddr) -> Result<(), Unfit> {
        match not_public(address) {
            Some(what) if !self.allowed.has(address) => Err(Unfit::NotPublic(what)),
            _ => Ok(()),
        }
    }
}

/// A name without a dot is looked for in the node's own domain.
fn is_local(name: &str) -> bool {
    !name.contains('.') || LOCAL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
