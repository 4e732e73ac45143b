//! Free loopback ports, each claimed by a lock so that two test processes never take the same one.

use crate::{
    error::{Doing, ServiceError},
    folder::services,
};
use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

/// Below the range from which systems take the ports of outgoing connections: a client that keeps on connecting to a server that
/// is down would otherwise, now and then, be given that very port and connect to itself.
const FIRST: u16 = 18_000;
const LAST: u16 = 31_999;

/// Claimed until it is dropped.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _claim: File,
}

impl Port {
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// Whether nobody listens on it.
    pub(crate) fn is_free(&self) -> bool {
        is_free(self.number)
    }
}

/// `count` ports that nobody listens on and nobody else of ours has claimed.
pub(crate) fn claim(count: usize) -> Result<Vec<Port>, ServiceError> {
    let claims = services().join("ports");
    fs::create_dir_all(&claims).doing("making", &claims)?;
    let mut ports = Vec::with_capacity(count);
    let width = LAST - FIRST + 1;
    // Processes begin at different places, so that they seldom try the same.
    let start = (std::process::id().wrapping_mul(97) % u32::from(width)) as u16;
    for number in (0..width).map(|step| FIRST + (start + step) % width) {
        if ports.len() == count {
            break;
        }
        ports.extend(claim_one(&claims, number)?);
    }
    if ports.len() < count { Err(ServiceError::NoPort { first: FIRST, last: LAST }) } else { Ok(ports) }
}

/// Exactly these, if there are any and all of them are free.
pub(crate) fn claim_these(numbers: &[u16]) -> Option<Vec<Port>> {
    let claims = services().join("ports");
    let ports = numbers.iter().map(|number| claim_one(&claims, *number).ok().flatten()).collect::<Option<Vec<_>>>()?;
    (!ports.is_empty()).then_some(ports)
}

fn claim_one(claims: &Path, number: u16) -> Result<Option<Port>, ServiceError> {
    let path = claims.join(number.to_string());
    let claim = File::create(&path).doing("making", &path)?;
    Ok((claim.try_lock().is_ok() && is_free(number)).then_some(Port { number, _claim: claim }))
}

fn is_free(number: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_claimed_is_not_given_again_until_it_is_dropped() {
        let (first, second) = (claim(3).unwrap(), claim(3).unwrap());
        let numbers: BTreeSet<u16> = first.iter().chain(&second).map(Port::number).collect();
        assert_eq!(numbers.len(), 6);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, first[0].number())).unwrap();
        assert!(!first[0].is_free());
        drop(listener);
        assert!(first[0].is_free());
    }
}
