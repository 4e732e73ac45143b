//! Which addresses are not the public internet.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Not reachable for a tenant, and what they are (the IANA special-purpose registry, and where clouds keep their secrets).
const NOT_PUBLIC_V4: [(Ipv4Net, &str); 17] = [
    (v4([0, 0, 0, 0], 8), "an unspecified address"),
    (v4([10, 0, 0, 0], 8), "a private address"),
    (v4([100, 64, 0, 0], 10), "a shared address"),
    (v4([127, 0, 0, 0], 8), "a loopback address"),
    (v4([168, 63, 129, 16], 32), "a cloud's metadata address"),
    (v4([169, 254, 0, 0], 16), "a link-local address"),
    (v4([172, 16, 0, 0], 12), "a private address"),
    (v4([192, 0, 0, 0], 24), "a reserved address"),
    (v4([192, 0, 2, 0], 24), "a documentation address"),
    (v4([192, 88, 99, 0], 24), "a 6to4 relay"),
    (v4([192, 168, 0, 0], 16), "a private address"),
    (v4([198, 18, 0, 0], 15), "a benchmarking address"),
    (v4([198, 51, 100, 0], 24), "a documentation address"),
    (v4([203, 0, 113, 0], 24), "a documentation address"),
    (v4([224, 0, 0, 0], 4), "a multicast address"),
    (v4([255, 255, 255, 255], 32), "the broadcast address"),
    (v4([240, 0, 0, 0], 4), "a reserved address"),
];

/// Of IPv6 only this has been given out as public; all else (loopback, unique-local, link-local, multicast, NAT64, mapped and compatible
/// IPv4) lies outside.
const PUBLIC_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Within `PUBLIC_V6`, still not public: they wrap an IPv4 address of anybody's choice, or are for special purposes.
const NOT_PUBLIC_V6: [(Ipv6Net, &str); 5] = [
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "a Teredo address"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "a special-purpose address"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "a documentation address"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "a 6to4 address"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "a documentation address"),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::from_octets(octets), prefix)
}
const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_segments(segments), prefix)
}

/// What the address is when it is not public. IPv4 in IPv6 clothes (`::ffff:10.0.0.1`) must be undressed before (`to_canonical`).
pub fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => NOT_PUBLIC_V4.iter().find(|(net, _)| net.contains(&v4)).map(|(_, what)| *what),
        IpAddr::V6(v6) if !PUBLIC_V6.contains(&v6) => Some(outside(v6)),
        IpAddr::V6(v6) => NOT_PUBLIC_V6.iter().find(|(net, _)| net.contains(&v6)).map(|(_, what)| *what),
    }
}

fn outside(address: Ipv6Addr) -> &'static str {
    if address.is_loopback() {
        "a loopback address"
    } else if address.is_unspecified() {
        "an unspecified address"
    } else if address.is_unicast_link_local() {
        "a link-local address"
    } else if address.is_unique_local() {
        "a private address"
    } else if address.is_multicast() {
        "a multicast address"
    } else {
        "not a public address"
    }
}
