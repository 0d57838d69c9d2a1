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

    /// Without the bits behind the length.
    pub(super) fn base(self) -> Network {
        let address = match self.address {
            IpAddr::V4(address) => {
                IpAddr::from((u32::from(address) & u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0)).to_be_bytes())
            }
            IpAddr::V6(address) => {
                IpAddr::from((u128::from(address) & u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0)).to_be_bytes())
            }
        };
        Network { address, ..self }
    }
}

pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
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
        for text in ["", "abc", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.1/-1", "10.0.0.1/"] {
            assert_eq!(Network::of(text), None, "{text}");
        }
    }
}
