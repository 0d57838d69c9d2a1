//! What is free within a prefix, a range or a group, and how it is taken.

use http::StatusCode;
use serde_json::{Value, json};

use super::network::{Network, address, gaps, networks, number};
use super::objects::{Call, Done};
use super::paging;
use super::refusal::{Errors, Outcome, Refusal, of_all};
use super::store::Row;
use super::write::{checked_fields, python_type, whole_number};

/// What `available-…` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ips,
    Prefixes,
    Vlans,
    Asns,
}

impl Kind {
    pub(super) fn of(below: &str) -> Option<Kind> {
        match below {
            "available-ips" => Some(Kind::Ips),
            "available-prefixes" => Some(Kind::Prefixes),
            "available-vlans" => Some(Kind::Vlans),
            "available-asns" => Some(Kind::Asns),
            _ => None,
        }
    }

    pub(super) fn resource(self) -> &'static str {
        match self {
            Kind::Ips => "ipam/ip-addresses",
            Kind::Prefixes => "ipam/prefixes",
            Kind::Vlans => "ipam/vlans",
            Kind::Asns => "ipam/asns",
        }
    }
}

/// How many are listed at most.
const MOST: usize = 65_536;

/// What is free, as far as it was asked for.
enum Free {
    Networks(Vec<Network>),
    Numbers(Vec<u64>),
}

impl Call<'_> {
    /// What is free. Prefixes are not paged, and the others have a limit without a next page.
    pub(super) fn available(&self, kind: Kind, id: &str) -> Outcome<Done> {
        let (_, parent) = self.found(id)?;
        let reader = self.reader();
        let related = |name: &str| reader.related(self.resource, &parent, name);
        // NetBox would not end either, where all of a large network is wanted.
        let free = self.free(kind, id, &parent, paging::limit(self.parameters, self.page_max).min(MOST + 1));
        if matches!(&free, Free::Networks(free) if free.len() > MOST) || matches!(&free, Free::Numbers(free) if free.len() > MOST) {
            return Err(Refusal::not_implemented(format_args!("list of more than {MOST} that are free")));
        }
        let free = match free {
            Free::Networks(free) => {
                let member = if kind == Kind::Prefixes { "prefix" } else { "address" };
                let vrf = related("vrf");
                free.iter().map(|network| json!({"family": network.family(), member: network.to_string(), "vrf": vrf})).collect()
            }
            Free::Numbers(free) => {
                let (member, of, related) = if kind == Kind::Asns {
                    ("asn", "rir", related("rir"))
                } else {
                    ("vid", "group", reader.brief(self.resource, id.parse().unwrap_or(0)))
                };
                free.iter().map(|number| json!({member: number, of: related})).collect()
            }
        };
        Ok(Done::of(free))
    }

    /// Takes what is free: for a body one, for a list as many. What is wrong with a body is said by its position, even where there is one body.
    pub(super) fn allocate(&mut self, kind: Kind, id: &str) -> Outcome<Done> {
        let (_, parent) = self.found(id)?;
        let (bodies, is_list) = match self.body.take().unwrap_or_else(|| json!({})) {
            Value::Array(bodies) => (bodies, true),
            body => (vec![body], false),
        };
        let checked: Vec<Result<(), Errors>> = bodies.iter().map(|body| self.check_wanted(kind, &parent, body)).collect();
        if checked.iter().any(Result::is_err) {
            return Err(Refusal::bad_request(by_position(&checked)));
        }
        let insufficient = || Refusal::detail(StatusCode::CONFLICT, "Insufficient resources are available to satisfy the request");
        let allotted = self.allotted(kind, id, &parent, &bodies).ok_or_else(insufficient)?;
        let mut call = self.of(kind.resource());
        let made: Vec<Result<u64, Errors>> = allotted.iter().map(|body| Ok(call.make(body)?.0)).collect();
        if made.iter().any(Result::is_err) {
            let refusal = match made.first() {
                Some(Err(errors)) if !is_list => Refusal::bad_request(json!(errors)),
                _ => Refusal::bad_request(by_position(&made)),
            };
            return Err(refusal);
        }
        call.commit();
        let ids: Vec<u64> = made.into_iter().flatten().collect();
        let mut made = call.objects(&ids);
        if !is_list {
            made = made[0].take();
        }
        Ok(Done { status: StatusCode::CREATED, ..Done::of(made) })
    }

    /// Whether what is wanted can be at all.
    fn check_wanted(&self, kind: Kind, parent: &Row, body: &Value) -> Result<(), Errors> {
        let Some(members) = body.as_object() else {
            return Err(of_all(&[format!("Invalid data. Expected a dictionary, but got {}.", python_type(body))]));
        };
        let length = members.get("prefix_length").filter(|length| !length.is_null());
        let error = |message: Value| Err(Errors::from_iter([("prefix_length".to_owned(), message)]));
        let network = network_of(parent);
        let bits = if network.is_none_or(Network::is_v4) { (32, "IPv4") } else { (128, "IPv6") };
        match (kind, length) {
            (Kind::Prefixes, None) => error(json!("this field can not be missing")),
            (Kind::Prefixes, Some(length)) => match length.as_i64() {
                None => error(json!("this field must be int type")),
                Some(length) if length > bits.0 => error(json!(format!("Invalid prefix length ({length}) for {}", bits.1))),
                Some(_) => Ok(()),
            },
            (Kind::Ips, Some(length)) => match (whole_number(length), network.map_or(0, |network| network.length)) {
                (None, _) => error(json!(["A valid integer is required."])),
                (Some(length), least) if length < least.into() => {
                    error(json!(format!("Prefix length must be greater than or equal to the parent mask length ({least})")))
                }
                // NetBox names the other version here.
                (Some(length), _) if length > bits.0 => {
                    error(json!(format!("Invalid prefix length ({length}) for {}", if bits.0 == 32 { "IPv6" } else { "IPv4" })))
                }
                _ => Ok(()),
            },
            (Kind::Vlans, _) => {
                // Its number is what is going to be found.
                let mut whole = members.clone();
                whole.insert("vid".to_owned(), json!(1));
                checked_fields(self.rules, self.store, kind.resource(), &json!(whole), None, true).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// The bodies with what they are given. `None` where there is not enough.
    fn allotted(&self, kind: Kind, id: &str, parent: &Row, bodies: &[Value]) -> Option<Vec<Value>> {
        let mut bodies = bodies.to_vec();
        let vrf = parent.get("vrf").cloned().unwrap_or_default();
        match self.free(kind, id, parent, bodies.len()) {
            Free::Networks(mut free) if kind == Kind::Prefixes => {
                for body in &mut bodies {
                    let length = body["prefix_length"].as_u64().and_then(|length| u8::try_from(length).ok())?;
                    let place = free.iter().position(|network| network.length <= length)?;
                    let whole = free.remove(place);
                    let taken = Network { length, ..whole };
                    let rest = gaps(whole.span(), vec![taken.span()]).into_iter().flat_map(|gap| networks(whole.is_v4(), gap));
                    free.splice(place..place, rest);
                    body["prefix"] = json!(taken.to_string());
                    body["vrf"] = vrf.clone();
                }
            }
            Free::Networks(free) => {
                let mut free = free.into_iter();
                for body in &mut bodies {
                    let next = free.next()?;
                    let wanted = body.as_object_mut().and_then(|body| body.remove("prefix_length"));
                    let length = wanted.as_ref().and_then(whole_number).and_then(|length| u8::try_from(length).ok());
                    body["address"] =
                        json!(Network { length: length.filter(|length| *length > 0).unwrap_or(next.length), ..next }.to_string());
                    body["vrf"] = vrf.clone();
                }
            }
            Free::Numbers(free) => {
                let mut free = free.into_iter();
                for body in &mut bodies {
                    let next = free.next()?;
                    if kind == Kind::Asns {
                        body["asn"] = json!(next);
                        body["rir"] = parent.get("rir").cloned().unwrap_or_default();
                    } else {
                        body["vid"] = json!(next);
                        body["group"] = json!(id.parse::<u64>().ok());
                    }
                }
            }
        }
        Some(bodies)
    }

    /// What is free. All of it for prefixes, else so many of it.
    fn free(&self, kind: Kind, id: &str, parent: &Row, limit: usize) -> Free {
        let numbers = |row: &Row, name: &str| row.get(name).and_then(Value::as_u64);
        match kind {
            Kind::Prefixes => {
                let Some(network) = network_of(parent) else { return Free::Networks(Vec::new()) };
                let below = self.within("ipam/prefixes", parent, false).filter_map(network_of);
                let taken = below.filter(|below| network.contains(*below) && network.length < below.length).map(Network::span).collect();
                Free::Networks(gaps(network.span(), taken).into_iter().flat_map(|gap| networks(network.is_v4(), gap)).collect())
            }
            Kind::Ips => {
                let Some(network) = network_of(parent) else { return Free::Networks(Vec::new()) };
                let is_v4 = network.is_v4();
                let in_family = |row: &&Row| network_of(row).is_some_and(|network| network.is_v4() == is_v4);
                let mut taken: Vec<(u128, u128)> = self
                    .within("ipam/ip-addresses", parent, self.resource == "ipam/prefixes")
                    .filter(in_family)
                    .filter_map(|row| network_of(row).map(|network| number(network.address)))
                    .map(|host| (host, host))
                    .collect();
                let bounds = match range_of(parent) {
                    Some(bounds) => {
                        if parent.get("mark_populated") == Some(&json!(true)) {
                            taken.push(bounds);
                        }
                        bounds
                    }
                    None => {
                        let ranges = self.within("ipam/ip-ranges", parent, false).filter(in_family);
                        taken.extend(ranges.filter(|row| row.get("mark_populated") == Some(&json!(true))).filter_map(range_of));
                        usable(network, parent.get("is_pool") == Some(&json!(true)))
                    }
                };
                let hosts = gaps(bounds, taken).into_iter().flat_map(|(first, last)| first..=last).take(limit);
                Free::Networks(hosts.map(|host| Network { address: address(is_v4, host), length: network.length }).collect())
            }
            Kind::Vlans => {
                let of_group = |row: &&Row| row.get("group").is_some_and(|group| group.as_u64() == id.parse().ok());
                let taken: Vec<u64> = self.all("ipam/vlans").filter(of_group).filter_map(|row| numbers(row, "vid")).collect();
                let ranges = parent.get("vid_ranges").and_then(Value::as_array).into_iter().flatten();
                let mut ranges: Vec<(u64, u64)> =
                    ranges.filter_map(|range| Some((range.get(0)?.as_u64()?, range.get(1)?.as_u64()?))).collect();
                ranges.sort_unstable();
                let free = ranges.into_iter().flat_map(|(first, last)| first..=last).filter(|vid| !taken.contains(vid));
                Free::Numbers(free.take(limit).collect())
            }
            Kind::Asns => {
                let (Some(start), Some(end)) = (numbers(parent, "start"), numbers(parent, "end")) else { return Free::Numbers(Vec::new()) };
                let taken = self.all("ipam/asns").filter_map(|row| numbers(row, "asn")).map(|asn| (asn.into(), asn.into())).collect();
                let free = gaps((start.into(), end.into()), taken).into_iter().flat_map(|(first, last)| first..=last).take(limit);
                Free::Numbers(free.filter_map(|asn| u64::try_from(asn).ok()).collect())
            }
        }
    }

    /// The objects of the parent's VRF, or of all where the parent is a container of no VRF and that counts.
    fn within<'a>(&'a self, resource: &str, parent: &'a Row, or_any: bool) -> impl Iterator<Item = &'a Row> {
        let vrf = parent.get("vrf").unwrap_or(&Value::Null);
        let is_any = or_any && vrf.is_null() && parent.get("status").is_some_and(|status| status == "container");
        self.all(resource).filter(move |row| is_any || row.get("vrf").unwrap_or(&Value::Null) == vrf)
    }

    fn all<'a>(&'a self, resource: &str) -> impl Iterator<Item = &'a Row> {
        self.store.rows(resource).map(|(_, row)| &**row)
    }
}

fn by_position<T>(entries: &[Result<T, Errors>]) -> Value {
    entries.iter().map(|entry| entry.as_ref().map_or_else(|errors| json!(errors), |_| json!({}))).collect()
}

/// The network of an address, a prefix or the start of a range.
fn network_of(row: &Row) -> Option<Network> {
    ["address", "prefix", "start_address"].iter().find_map(|name| Network::of(row.get(*name)?.as_str()?))
}

fn range_of(row: &Row) -> Option<(u128, u128)> {
    let end = |name: &str| Network::of(row.get(name)?.as_str()?).map(|network| number(network.address));
    Some((end("start_address")?, end("end_address")?))
}

/// The addresses that hosts may have: in a pool and in the smallest networks all, else neither that of the network nor that of broadcasts.
fn usable(network: Network, is_pool: bool) -> (u128, u128) {
    let (first, last) = network.span();
    match (is_pool, network.is_v4(), network.length) {
        (true, ..) | (_, true, 31..) | (_, false, 127..) => (first, last),
        (_, true, _) => (first + 1, last - 1),
        (_, false, _) => (first + 1, last),
    }
}
