use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// One address, or all that begin with the same bits: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP address, or a range as 10.0.0.0/8")]
pub struct NoNetwork;

impl Network {
    /// An IPv4 address that came over an IPv6 socket is an IPv4 address.
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let shift = 128 - u32::from(self.bits);
        let same = |a: u128, b: u128| (a ^ b).checked_shr(shift).unwrap_or(0) == 0;
        self.address.is_ipv4() == address.is_ipv4() && same(wide(self.address), wide(address))
    }
}

/// From the highest bit.
fn wide(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)) << 96,
        IpAddr::V6(v6) => u128::from(v6),
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { Ipv6Addr::BITS as u8 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| NoNetwork)?;
        (bits <= most).then_some(Self { address, bits }).ok_or(NoNetwork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_begins_with_its_bits() {
        for (network, inside, outside) in [
            ("10.77.0.2", "10.77.0.2", "10.77.0.3"),
            ("10.0.0.0/8", "10.255.3.4", "11.0.0.0"),
            ("10.0.0.9/31", "10.0.0.8", "10.0.0.10"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("192.168.0.0/16", "::ffff:192.168.3.4", "fe80::1"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::/0", "fe80::1", "10.0.0.1"),
            ("::1", "::1", "::2"),
        ] {
            let range: Network = network.parse().unwrap();
            assert!(range.contains(inside.parse().unwrap()), "{inside} in {network}");
            assert!(!range.contains(outside.parse().unwrap()), "{outside} in {network}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "proxy", "10.0.0/8"] {
            assert_eq!(wrong.parse::<Network>(), Err(NoNetwork), "{wrong}");
        }
    }
}
