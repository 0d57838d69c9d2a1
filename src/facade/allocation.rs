//! The next free addresses, prefixes, VLANs and AS numbers of an object.

use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};

use super::detail::Detail;
use super::endpoint::one;
use super::record::Record;
use crate::error::Result;

/// What is free in a prefix, a range or a group. NetBox picks, and makes sure that nobody else gets the same.
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// # use serde_json::json;
/// let prefix = nb.ipam().prefixes().get(123)?.expect("it exists");
/// for free in prefix.available_ips().list()? {
///     println!("{}", free["address"]);
/// }
/// let ip = prefix.available_ips().create(json!({"dns_name": "sw-1.example.com"}))?;
/// println!("{ip}");
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Available(Detail);

impl Record {
    /// The free IP addresses of a prefix or an IP range: `…/<id>/available-ips/`.
    pub fn available_ips(&self) -> Available {
        Available(self.detail("available-ips"))
    }

    /// The free prefixes of a prefix: `…/<id>/available-prefixes/`. To make one takes a `prefix_length`.
    pub fn available_prefixes(&self) -> Available {
        Available(self.detail("available-prefixes"))
    }

    /// The free VLAN ids of a VLAN group: `…/<id>/available-vlans/`. To make one takes a `name`.
    pub fn available_vlans(&self) -> Available {
        Available(self.detail("available-vlans"))
    }

    /// The free AS numbers of an ASN range: `…/<id>/available-asns/`.
    pub fn available_asns(&self) -> Available {
        Available(self.detail("available-asns"))
    }
}

impl Available {
    /// How many [`list`](Available::list) names at most; 0 is as many as the server gives (`MAX_PAGE_SIZE`, 1,000 by default). Default: the server's page size, mostly 50.
    /// Free prefixes always come all.
    pub fn limit(self, most: u64) -> Available {
        Available(self.0.with("limit", most))
    }

    /// The first that are free: `GET`. They are no objects yet: addresses have `address`, prefixes `prefix`, VLANs `vid`, AS numbers `asn`.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 404 for an object that has nothing of the kind.
    pub fn list(&self) -> Result<Vec<Value>> {
        self.0.response(Method::GET)?.json()
    }

    /// Takes the next free one and makes an object of it: `POST`. The body holds its other members, `json!({})` for none.
    ///
    /// # Errors
    /// [`ErrorKind::Exhausted`](crate::ErrorKind::Exhausted) where nothing is left; no reply, or another status of 400 and above. What is wrong with the values is found among
    /// [`ErrorReply::fields`](crate::ErrorReply::fields), or among those of position 0 of [`ErrorReply::items`](crate::ErrorReply::items): NetBox says either. See [`Error::may_have_been_sent`](crate::Error::may_have_been_sent) before trying again.
    pub fn create(&self, body: impl Serialize) -> Result<Record> {
        let response = self.0.accepted(self.0.request(Method::POST)?.json(&one(body)?))?;
        Ok(self.0.endpoint.object(response.json()?))
    }

    /// Takes one for each body, all or none: `POST` of a list. In the order of the bodies.
    ///
    /// # Errors
    /// As [`create`](Available::create); the positions are those of the bodies.
    pub fn create_many<T: Serialize>(&self, bodies: impl IntoIterator<Item = T>) -> Result<Vec<Record>> {
        let bodies: Vec<T> = bodies.into_iter().collect();
        let response = self.0.accepted(self.0.request(Method::POST)?.json(&bodies))?;
        let objects: Vec<Map<String, Value>> = response.json()?;
        Ok(objects.into_iter().map(|members| self.0.endpoint.object(members)).collect())
    }
}
