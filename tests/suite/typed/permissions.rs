//! Users who may not write, or see only some objects, with types.

use netbox_sdk::typed::Patch;
use netbox_sdk::typed::v4_7::*;
use netbox_sdk::{ErrorKind, json};

use super::everything::{Stage, name as n};
use crate::support::live;

/// What another token of the same NetBox reaches.
fn with_token(stage: &mut Stage, request: TokenRequest) -> Api {
    let client = stage.nb.untyped().client().clone();
    let made = stage.has(&stage.nb.users().tokens(), request.version(2));
    let token = netbox_sdk::Token::v2(made.key.as_deref().unwrap(), made.token.as_deref().unwrap()).unwrap();
    Api::new(client.with_token(&token))
}

/// A user who may do this.
fn user(stage: &mut Stage, permissions: &[ObjectPermissionRequest]) -> User {
    let user = stage.has(&stage.nb.users().users(), UserRequest::new().password("Abcd-1234-efgh").username(n()));
    for permission in permissions {
        stage.has(&stage.nb.users().permissions(), permission.clone().users([&user]));
    }
    user
}

/// Whatever is written is refused.
fn cannot_write(nb: &Api, site: &Site) {
    let sites = nb.dcim().sites();
    let mut edited = site.clone();
    edited.facility = "edited".to_owned();
    let refusals = [
        sites.create(&SiteRequest::new(n(), n())).map(drop),
        sites.patch(site.id, &SitePatch::new().region(Patch::Null)).map(drop),
        sites.update(site.id, &SiteRequest::new(site.name.as_str(), site.slug.as_str())).map(drop),
        sites.save(site, &edited).map(drop),
        sites.delete(site.id),
        sites.create_many([SiteRequest::new(n(), n())]).map(drop).map_err(Into::into),
        sites.patch_many([(site.id, SitePatch::new().facility("x"))]).map(drop).map_err(Into::into),
        sites.delete_many([site.id]).map(drop).map_err(Into::into),
    ];
    for (number, refusal) in refusals.into_iter().enumerate() {
        let error: netbox_sdk::Error = refusal.unwrap_err();
        assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Forbidden, Some(403)), "{number}: {error}");
    }
}

#[test]
fn who_may_only_read_reads_and_is_refused_what_is_written() {
    let Some(client) = live() else { return };
    let nb = Api::new(client);
    let mut stage = Stage::new(&nb);
    let device = stage.device();
    let site = nb.dcim().sites().get(device.site.id).unwrap().unwrap();

    // A token of a user who may all, and one of a user who may only see.
    let superuser = stage.user();
    let without_writes = with_token(&mut stage, TokenRequest::new(&superuser).write_enabled(false));
    let seeing = user(&mut stage, &[ObjectPermissionRequest::new(n()).actions(["view"]).object_types(["dcim.site", "dcim.device"])]);
    let only_seeing = with_token(&mut stage, TokenRequest::new(&seeing));
    for nb in [without_writes, only_seeing] {
        assert_eq!(nb.dcim().sites().get(site.id).unwrap().unwrap(), site);
        assert_eq!(
            nb.dcim().devices().filter([("site_id", site.id)]).iter().map(|found| found.unwrap().id).collect::<Vec<_>>(),
            [device.id]
        );
        cannot_write(&nb, &site);
        assert_eq!(nb.dcim().sites().get(site.id).unwrap().unwrap(), site, "nothing was done");
    }
}

#[test]
fn objects_that_are_hidden_do_not_keep_others_from_being_read() {
    let Some(client) = live() else { return };
    let nb = Api::new(client);
    let mut stage = Stage::new(&nb);
    let (seen, hidden) = (stage.device(), stage.device());
    let interface = |device: &Device| InterfaceRequest::new(device, n(), InterfaceType::V1000baseT);
    let here = stage.has(&nb.dcim().interfaces(), interface(&seen));
    let there = stage.has(&nb.dcim().interfaces(), interface(&hidden));
    let end = |id: u64| [json!({"object_type": "dcim.interface", "object_id": id})];
    let cable = stage.has(&nb.dcim().cables(), CableRequest::new().a_terminations(end(here.id)).b_terminations(end(there.id)));
    let address = IPAddressRequest::new("192.0.2.77/24").assigned_object_type("dcim.interface").assigned_object_id(there.id);
    let vrf = stage.has(&nb.ipam().vrfs(), VRFRequest::new(n()));
    let address = stage.has(&nb.ipam().ip_addresses(), address.vrf(&vrf));
    let journal = JournalEntryRequest::new(hidden.id).assigned_object_type("dcim.device").comments("comments");
    let journal = stage.has(&nb.extras().journal_entries(), journal);

    let user = user(
        &mut stage,
        &[
            ObjectPermissionRequest::new(n()).actions(["view", "change"]).object_types(["dcim.device"]).constraints(json!({"id": seen.id})),
            ObjectPermissionRequest::new(n()).actions(["view"]).object_types([
                "dcim.interface",
                "dcim.cable",
                "ipam.ipaddress",
                "extras.journalentry",
            ]),
        ],
    );
    let theirs = with_token(&mut stage, TokenRequest::new(&user));
    let devices = theirs.dcim().devices();
    let ids: Vec<u64> = devices.all().into_iter().map(|device| device.unwrap().id).collect();
    assert_eq!((ids, devices.all().count().unwrap()), (vec![seen.id], 1));
    assert!(devices.get(hidden.id).unwrap().is_none());
    assert_eq!(devices.get(seen.id).unwrap().unwrap().site.id, seen.site.id, "the site itself is hidden");
    assert!(theirs.dcim().sites().get(seen.site.id).is_err_and(|error| error.kind() == ErrorKind::Forbidden), "no permission at all");

    // What leads to the hidden device.
    assert_eq!(theirs.dcim().interfaces().get(there.id).unwrap().unwrap().device.id, hidden.id);
    let near = theirs.dcim().interfaces().get(here.id).unwrap().unwrap();
    assert_eq!(near.cable.map(|near| near.id), Some(cable.id));
    assert_eq!(theirs.dcim().cables().get(cable.id).unwrap().unwrap().id, cable.id);
    assert_eq!(theirs.ipam().ip_addresses().get(address.id).unwrap().unwrap().assigned_object_id, Some(there.id));
    assert_eq!(theirs.extras().journal_entries().get(journal.id).unwrap().unwrap().assigned_object_id, hidden.id);

    // Who may sync a data source and not see it is answered with its short form.
    let source = DataSourceRequest::new(DataSourceType::Local).name(n()).source_url("file:///nowhere");
    let source = stage.has(&nb.core().data_sources(), source);
    let syncing = self::user(&mut stage, &[ObjectPermissionRequest::new(n()).actions(["sync"]).object_types(["core.datasource"])]);
    let syncing = with_token(&mut stage, TokenRequest::new(&syncing)).core().data_sources();
    assert_eq!(syncing.sync(source.id).unwrap().name, source.name);
    assert_eq!(syncing.get(source.id).unwrap_err().kind(), ErrorKind::Forbidden);

    // One that may be changed, unless the change would hide it.
    assert_eq!(devices.patch(seen.id, &DevicePatch::new().serial("new")).unwrap().serial, "new");
    let error = devices.patch(hidden.id, &DevicePatch::new().serial("new")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = devices.delete(seen.id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
}
