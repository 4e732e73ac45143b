use ipnet::IpNet;
use std::{collections::HashSet, net::IpAddr};
use url::Host;

/// The operator's exceptions: addresses and names that tenants may reach although they are not public.
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    nets: Vec<IpNet>,
    names: HashSet<String>,
}

/// An entry that is neither a range, an address nor a host name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a range (10.1.0.0/16), an address nor a host name")]
pub struct NotAllowable(pub String);

impl AllowList {
    /// Entries are ranges (`10.1.0.0/16`), addresses (`127.0.0.1`, `::1`) or exact host names (`receiver.internal`).
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, NotAllowable> {
        let mut list = Self::default();
        for entry in entries.iter().map(AsRef::as_ref) {
            if let Ok(net) = entry.parse::<IpNet>() {
                list.nets.push(net);
            } else if let Ok(address) = entry.parse::<IpAddr>() {
                list.nets.push(address.to_canonical().into());
            } else if let Ok(Host::Domain(name)) = Host::parse(entry) {
                list.names.insert(name);
            } else {
                return Err(NotAllowable(entry.to_owned()));
            }
        }
        Ok(list)
    }

    pub fn has(&self, address: IpAddr) -> bool {
        self.nets.iter().any(|net| net.contains(&address))
    }
    pub fn names(&self, host: &str) -> bool {
        self.names.contains(host)
    }
}
