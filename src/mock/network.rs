//! Addresses with the length of their network, as `10.0.0.1/24`.

use std::fmt;
use std::net::IpAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) address: IpAddr,
    pub(super) length: u8,
}

impl Network {
    /// Without a length it is that of one address.
    pub(super) fn of(text: &str) -> Option<Network> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Some(bits), |length| length.parse().ok().filter(|length| *length <= bits))?;
        Some(Network { address, length })
    }

    pub(super) fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }

    pub(super) fn family(self) -> u8 {
        if self.is_v4() { 4 } else { 6 }
    }

    /// Without the bits behind the length.
    pub(super) fn base(self) -> Network {
        Network { address: address(self.is_v4(), self.span().0), ..self }
    }

    /// Its first and its last address, as numbers.
    pub(super) fn span(self) -> (u128, u128) {
        let hosts = 1_u128.checked_shl(self.bits() - u32::from(self.length)).map_or(u128::MAX, |size| size - 1);
        let first = number(self.address) & !hosts;
        (first, first | hosts)
    }

    /// Whether all of another one is in it. Each is in itself.
    pub(super) fn contains(self, other: Network) -> bool {
        self.is_v4() == other.is_v4()
            && self.length <= other.length
            && self.base().address == Network { length: self.length, ..other }.base().address
    }

    fn bits(self) -> u32 {
        if self.is_v4() { 32 } else { 128 }
    }
}

pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// The address that a number stands for.
pub(super) fn address(is_v4: bool, number: u128) -> IpAddr {
    if is_v4 { IpAddr::V4((number as u32).into()) } else { IpAddr::V6(number.into()) }
}

/// What is left between two numbers, both included, where some spans are taken.
pub(super) fn gaps((first, last): (u128, u128), mut taken: Vec<(u128, u128)>) -> Vec<(u128, u128)> {
    taken.sort_unstable();
    let mut gaps = Vec::new();
    let mut next = Some(first);
    for (start, end) in taken {
        let Some(free) = next.filter(|free| *free <= last) else { break };
        if start > free {
            gaps.push((free, last.min(start - 1)));
        }
        next = if end >= free { end.checked_add(1) } else { Some(free) };
    }
    gaps.extend(next.filter(|free| *free <= last).map(|free| (free, last)));
    gaps
}

/// The fewest networks that make up a span.
pub(super) fn networks(is_v4: bool, (first, last): (u128, u128)) -> Vec<Network> {
    let bits = if is_v4 { 32 } else { 128 };
    let mut networks = Vec::new();
    let mut next = Some(first);
    while let Some(start) = next.filter(|start| *start <= last) {
        // As long as it is aligned, and ends within the span.
        let most = if start == 0 { bits } else { start.trailing_zeros().min(bits) };
        let end = |size: u32| 1_u128.checked_shl(size).map_or(u128::MAX, |size| start + (size - 1));
        let size = (0..=most).rev().find(|size| end(*size) <= last).unwrap_or(0);
        networks.push(Network { address: address(is_v4, start), length: u8::try_from(bits - size).unwrap_or(0) });
        next = end(size).checked_add(1);
    }
    networks
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_of_a_network_has_no_bits_of_hosts() {
        for (text, base) in [
            ("10.1.2.3/16", "10.1.0.0/16"),
            ("10.1.2.3", "10.1.2.3/32"),
            ("1.2.3.4/0", "0.0.0.0/0"),
            ("2001:db8::7/64", "2001:db8::/64"),
            ("ff::1/0", "::/0"),
        ] {
            assert_eq!(Network::of(text).unwrap().base().to_string(), base);
        }
        assert!(Network::of("10.0.0.0/8").unwrap().contains(Network::of("10.1.0.0/16").unwrap()));
        assert!(!Network::of("10.1.0.0/16").unwrap().contains(Network::of("10.0.0.0/8").unwrap()));
        for text in ["", "abc", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.1/-1", "10.0.0.1/"] {
            assert_eq!(Network::of(text), None, "{text}");
        }
    }

    fn free(network: &str, taken: &[&str]) -> Vec<String> {
        let network = Network::of(network).unwrap();
        let taken = taken.iter().map(|text| Network::of(text).unwrap().span()).collect();
        gaps(network.span(), taken).into_iter().flat_map(|gap| networks(network.is_v4(), gap)).map(|network| network.to_string()).collect()
    }

    #[test]
    fn what_is_not_taken_is_free_in_as_few_networks_as_can_be() {
        assert_eq!(free("10.0.0.0/24", &[]), ["10.0.0.0/24"]);
        assert_eq!(free("10.0.0.0/24", &["10.0.0.0/26"]), ["10.0.0.64/26", "10.0.0.128/25"]);
        assert_eq!(free("10.0.0.0/30", &["10.0.0.1", "10.0.0.0/31", "10.0.0.3"]), ["10.0.0.2/32"]);
        assert_eq!(free("0.0.0.0/0", &[]), ["0.0.0.0/0"]);
        assert_eq!(free("::/0", &["8000::/1"]), ["::/1"]);
        assert_eq!(free("::/0", &["::/1"]), ["8000::/1"]);
        assert_eq!(free("255.255.255.254/31", &["255.255.255.255"]), ["255.255.255.254/32"]);
        assert!(free("10.0.0.0/30", &["10.0.0.0/29"]).is_empty());
    }
}
