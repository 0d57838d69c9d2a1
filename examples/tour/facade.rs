//! Resources: lists, records, many objects at once, and what is below an object.

use netbox_sdk::{Api, Result, json};
use serde::Deserialize;

use crate::Made;

/// Only these members are asked for.
#[derive(Deserialize)]
struct Row {
    name: String,
    color: String,
}

pub(crate) fn walk(nb: &Api, name: &str, made: &mut Made<'_>) -> Result<()> {
    let devices = nb.dcim().devices();
    println!("count       {} devices, {} of them active", devices.all().count()?, devices.filter([("status", "active")]).count()?);
    for device in devices.filter([("status", "active"), ("status", "planned")]).fields(["name", "site"]).limit_total(3) {
        let device = device?;
        println!("filter      {device} in {}", device.str("site.name").unwrap_or("-"));
    }

    let sites = nb.dcim().sites();
    let mut site = sites.create(json!({"name": name, "slug": name}))?;
    made.add(&site);
    println!("create      site {site} with id {}", site.id());
    site.set("facility", "Hall 2");
    site.set("status", "planned");
    println!("set         {}", site.updates());
    site.save()?;
    println!("save        facility {}, status {}", site["facility"], site["status.label"]);
    site.update(json!({"description": "made by the tour"}))?;
    println!("update      description {}", site["description"]);
    println!("get         the same site: {}", sites.get(site.id())?.as_ref() == Some(&site));
    println!("get_by      the same site: {}", sites.get_by([("slug", name)])?.as_ref() == Some(&site));
    let choices = sites.choices("status")?;
    println!("choices     {}", choices.iter().filter_map(|choice| choice["label"].as_str()).collect::<Vec<_>>().join(", "));

    let rack = nb.dcim().racks().create(json!({"name": name, "site": site.id(), "u_height": 4}))?;
    made.add(&rack);
    let units = rack.elevation().into_iter().collect::<Result<Vec<_>>>()?;
    println!("elevation   {} half units, {} of them free", units.len(), units.iter().filter(|unit| unit["device"].is_null()).count());
    if let Some(nested) = rack.record("site") {
        println!("nested      {nested} has no status: {}", nested["status"].is_null());
        println!("details     {nested} is {}", nested.full_details()?["status.label"]);
    }

    // In a VRF of its own, the prefix can be nobody else's.
    let vrf = nb.ipam().vrfs().create(json!({"name": name}))?;
    made.add(&vrf);
    let prefix = nb.ipam().prefixes().create(json!({"prefix": "192.0.2.0/29", "vrf": vrf.id()}))?;
    made.add(&prefix);
    println!("available   {} addresses in {prefix}", prefix.available_ips().list()?.len());
    let address = prefix.available_ips().create(json!({"dns_name": "web-7.example.com"}))?;
    made.add(&address);
    println!("allocate    {address}");

    many(nb, name, made)?;

    for record in [&address, &prefix, &vrf, &rack, &site] {
        record.delete()?;
        println!("delete      {record} of {}", record.endpoint().path());
    }
    println!("get         {}", if sites.get(site.id())?.is_none() { "not there any more" } else { "still there" });
    Ok(())
}

fn many(nb: &Api, name: &str, made: &mut Made<'_>) -> Result<()> {
    let tags = nb.extras().tags();
    let bodies = (1..=3).map(|number| json!({"name": format!("{name} {number}"), "slug": format!("{name}-{number}")}));
    let mut three = tags.create_many(bodies)?;
    three.iter().for_each(|tag| made.add(tag));
    println!("create_many {} tags", three.len());
    for tag in &mut three[1..] {
        tag.set("color", "ff0000");
    }
    tags.update_many(&mut three)?;
    println!("update_many {}", three.iter().map(|tag| tag["color"].to_string()).collect::<Vec<_>>().join(" "));

    let all = tags.filter([("name__isw", name)]);
    println!("list.update {} tags", all.update(json!({"description": "made by the tour"}))?.len());
    let reds = all.clone().with("color", "ff0000").select::<Row>().into_iter().collect::<Result<Vec<_>>>()?;
    println!("select      {}", reds.iter().map(|row| format!("{} is {}", row.name, row.color)).collect::<Vec<_>>().join(", "));
    let mut records = all.clone().page_size(2).iter();
    while let Some(tag) = records.next().transpose()? {
        let progress = records.progress();
        println!("progress    {tag}, {} of {}", progress.fetched, progress.total.unwrap_or_default());
    }
    println!("delete_many {} tags", tags.delete_many(&three)?);
    println!("exists      {}", all.exists()?);
    Ok(())
}
