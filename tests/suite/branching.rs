//! Branches of the branching plugin, against a real NetBox. Nothing but objects of the tests' own is changed in main.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use netbox_sdk::mock::NetBox;
use netbox_sdk::{Api, Branch, BranchKey, Client, Error, ErrorKind, Record, Result, Token, json};

use crate::facade::made;
use crate::live::{Guard, unique};
use crate::support::{RawServer, impatient, in_memory, live};

const PATIENCE: Duration = Duration::from_secs(240);

fn api() -> Option<Api> {
    live().map(Api::new)
}

/// Deletes a branch when a test ends, however it ends. NetBox refuses that as long as a job is at it.
pub struct Cleared(Branch);

impl Drop for Cleared {
    fn drop(&mut self) {
        let begun = Instant::now();
        while self.0.delete().is_err_and(|error| error.kind() != ErrorKind::NotFound) && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}

pub fn ready_branch(nb: &Api, name: &str) -> (Branch, Cleared) {
    let mut branch = nb.branching().create(name).unwrap();
    let guard = Cleared(branch.clone());
    branch.wait_until_ready(PATIENCE).unwrap();
    (branch, guard)
}

fn site(nb: &Api) -> (Record, Guard) {
    let name = unique("branching");
    made(nb, "dcim/sites", json!({"name": name, "slug": name, "facility": "old"}))
}

fn facility(nb: &Api, site: &Record) -> String {
    nb.dcim().sites().get(site.id()).unwrap().unwrap().str("facility").unwrap().to_owned()
}

fn set_facility(nb: &Api, site: &Record, facility: &str) {
    let mut site = nb.dcim().sites().get(site.id()).unwrap().unwrap();
    site.update(json!({ "facility": facility })).unwrap();
}

fn events(branch: &Branch) -> Vec<String> {
    branch.events().map(|event| event.unwrap().str("type.value").unwrap().to_owned()).collect()
}

#[test]
fn branches_are_worked_in_side_by_side_synced_merged_reverted_and_archived() {
    let Some(nb) = api() else { return };
    assert!(nb.branching().is_available().unwrap());
    let (site, _site) = site(&nb);
    let (mut one, _one) = ready_branch(&nb, &unique("one"));
    let (mut two, _two) = ready_branch(&nb, &unique("two"));
    let (on_one, on_two) = (nb.on_branch(&one).unwrap(), two.api().unwrap());
    set_facility(&on_one, &site, "one");
    set_facility(&on_two, &site, "two");
    assert_eq!([&nb, &on_one, &on_two].map(|nb| facility(nb, &site)), ["old", "one", "two"]);
    let change = one.changes().first().unwrap().unwrap();
    assert_eq!((change.str("action.value"), change.i64("object_id")), (Some("update"), Some(site.id() as i64)));
    assert_eq!(change.str("diff.modified.facility"), Some("one"));

    one.merge().wait(PATIENCE).unwrap();
    assert_eq!((one.status(), facility(&nb, &site).as_str()), ("merged", "one"));
    assert!(on_one.dcim().sites().get(site.id()).is_err(), "a merged branch cannot be worked in");
    // The branch's own resources do not go through the branch.
    assert_eq!(on_one.branching().get(one.id()).unwrap().unwrap().status(), "merged");
    let error = one.wait_until_ready(PATIENCE).unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("it is merged"), "{error}");
    let error = one.sync().wait(PATIENCE).unwrap_err();
    assert!(error.to_string().contains("Branch is not ready to sync."), "{error}");

    let error = two.merge().wait(PATIENCE).unwrap_err();
    let conflict = format!("dcim.site {} ({site}): facility is \"two\" in the branch, \"one\" in main", site.id());
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains(&conflict), "{error}");
    assert_eq!(error.reply().unwrap().messages(), [conflict]);
    assert_eq!((two.status(), two.changes().with("has_conflicts", true).count().unwrap()), ("ready", 1));
    two.merge().acknowledging_conflicts().wait(PATIENCE).unwrap();
    assert_eq!(facility(&nb, &site), "two");
    two.revert().wait(PATIENCE).unwrap();
    // The server puts back what the branch began with, not what the merge replaced.
    assert_eq!((two.status(), facility(&nb, &site).as_str()), ("ready", "old"));

    assert!(two.sync().begin().is_err_and(|error| error.kind() == ErrorKind::Conflict));
    two.sync().acknowledging_conflicts().wait(PATIENCE).unwrap();
    assert_eq!(facility(&on_two, &site), "one");
    assert_eq!(events(&two), ["provisioned", "merged", "reverted", "synced"]);
    assert_eq!(events(&one), ["provisioned", "merged"]);

    assert!(two.archive().is_err(), "it is not merged");
    one.archive().unwrap();
    assert_eq!(one.status(), "archived");
    one.delete().unwrap();
    assert_eq!(one.refresh().unwrap_err().kind(), ErrorKind::NotFound);
    assert!(nb.branching().get(one.id()).unwrap().is_none());
}

#[cfg(feature = "cache")]
#[test]
fn a_cache_is_of_use_again_when_a_merge_is_done() {
    use netbox_sdk::{Cache, CachePolicy, CacheStatus};
    let Some(config) = crate::support::live_config() else { return };
    let config = config.cache(Cache::in_memory()).cache_policy(CachePolicy::default());
    let nb = Api::new(Client::new(config.build().unwrap()).unwrap());
    let (site, _site) = site(&nb);
    let (mut branch, _branch) = ready_branch(&nb, &unique("cached"));
    set_facility(&branch.api().unwrap(), &site, "merged");
    let read = || {
        let reply = nb.client().get(&format!("dcim/sites/{}", site.id())).send().unwrap();
        (reply.json::<serde_json::Value>().unwrap()["facility"].clone(), reply.cache_status())
    };
    assert_eq!([read().0, read().0], ["old", "old"]);
    branch.merge().wait(PATIENCE).unwrap();
    assert_eq!([read(), read()], [(json!("merged"), Some(CacheStatus::Miss)), (json!("merged"), Some(CacheStatus::Hit))]);
    branch.archive().unwrap();
    assert_eq!([read(), read()], [(json!("merged"), Some(CacheStatus::Miss)), (json!("merged"), Some(CacheStatus::Hit))]);
    assert!(branch.events().all(|event| event.is_ok()));
}

#[test]
fn a_job_that_fails_is_an_error_with_its_message() {
    let Some(nb) = api() else { return };
    let (mut branch, _branch) = ready_branch(&nb, &unique("failing"));
    let slug = unique("branching-twin");
    let twin = json!({"name": slug, "slug": slug});
    branch.api().unwrap().dcim().sites().create(&twin).unwrap();
    let (_, _site) = made(&nb, "dcim/sites", twin);
    let error = branch.merge().wait(PATIENCE).unwrap_err();
    assert!(error.kind() == ErrorKind::JobFailed && error.to_string().contains("already exists"), "{error}");
    assert!(error.to_string().contains("is ready"), "{error}");
    assert_eq!(branch.status(), "ready");
}

#[test]
fn a_branch_that_is_not_ready_in_time_goes_on() {
    let Some(nb) = api() else { return };
    let (site, _site) = site(&nb);
    let mut branch = nb.branching().create_with(json!({"name": unique("slow"), "description": "d"})).unwrap();
    let _branch = Cleared(branch.clone());
    assert_eq!(branch.record().str("description"), Some("d"));
    let error = branch.wait_until_ready(Duration::ZERO).unwrap_err();
    assert!(error.kind() == ErrorKind::Timeout && error.to_string().contains("The server goes on"), "{error}");
    branch.wait_until_ready(PATIENCE).unwrap();
    set_facility(&branch.api().unwrap(), &site, "later");
    let error = branch.merge().wait(Duration::ZERO).unwrap_err();
    assert!(error.kind() == ErrorKind::Timeout && error.to_string().contains("It was not ended"), "{error}");
    let begun = Instant::now();
    while branch.status() != "merged" {
        assert!(begun.elapsed() < PATIENCE, "{}", branch.status());
        std::thread::sleep(Duration::from_millis(200));
        branch.refresh().unwrap();
    }
}

#[test]
fn a_branch_is_found_by_id_name_and_schema_id() {
    let Some(nb) = api() else { return };
    let branching = nb.branching();
    let branch = branching.create(&unique("found")).unwrap();
    let _branch = Cleared(branch.clone());
    let id = branch.id();
    for key in [
        BranchKey::from(id),
        BranchKey::from(id.to_string()),
        branch.name().into(),
        branch.schema_id().into(),
        BranchKey::Name(branch.name().to_owned()),
        BranchKey::SchemaId(branch.schema_id().to_owned()),
    ] {
        assert_eq!(branching.get(key.clone()).unwrap().map(|found| found.id()), Some(id), "{key:?}");
    }
    for key in [BranchKey::Id(u64::from(u32::MAX)), "no such branch".into(), BranchKey::Name(branch.schema_id().to_owned())] {
        assert!(branching.get(key.clone()).unwrap().is_none(), "{key:?}");
    }
    assert!(branching.all().any(|other| other.unwrap().id() == id));
    let error = branching.create(branch.name()).unwrap_err();
    assert!(error.kind() == ErrorKind::Validation && error.to_string().contains("already exists"), "{error}");

    // Somebody else names a branch like the id or the schema id of this one.
    let username = unique("colleague");
    let (user, _user) = made(&nb, "users/users", json!({"username": username, "password": "Abcd-1234-efgh"}));
    let rights = json!({"name": username, "object_types": ["netbox_branching.branch"], "actions": ["view", "add"], "users": [user.id()]});
    let (_, _rights) = made(&nb, "users/permissions", rights);
    let token = nb.users().tokens().create(json!({"user": user.id(), "version": 2})).unwrap();
    let token = Token::v2(token.str("key").unwrap(), token.str("token").unwrap()).unwrap();
    let theirs = Api::new(nb.client().with_token(&token)).branching();
    for name in [id.to_string(), branch.schema_id().to_owned()] {
        let other = theirs.create(&name).unwrap();
        let _other = Cleared(branching.get(other.id()).unwrap().unwrap());
        let error = branching.get(name.as_str()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MultipleObjects);
        for (one, owner) in [(&branch, "admin"), (&other, username.as_str())] {
            let described = format!("branch {:?} (id {}, schema id {}, of {owner})", one.name(), one.id(), one.schema_id());
            assert!(error.to_string().contains(&described), "{error}");
        }
        assert_eq!(branching.get(id).unwrap().unwrap().id(), id);
        assert_eq!(branching.get(BranchKey::Name(name)).unwrap().unwrap().id(), other.id());
    }
}

#[test]
fn work_on_a_branch_of_its_own_is_merged_or_deleted() {
    let Some(nb) = api() else { return };
    let branching = nb.branching();
    let (site, _site) = site(&nb);
    let name = unique("closure");
    let outcome: Result<u64> = branching.with_branch(&name, PATIENCE, |on_branch| {
        set_facility(on_branch, &site, "merged");
        assert_eq!(facility(&nb, &site), "old");
        Ok(7)
    });
    let merged = branching.get(name.as_str()).unwrap().unwrap();
    let _merged = Cleared(merged.clone());
    assert_eq!((outcome.unwrap(), merged.status(), facility(&nb, &site).as_str()), (7, "merged", "merged"));

    let name = unique("closure-failed");
    branching.with_branch::<(), Error>(&name, PATIENCE, |_| Ok(())).unwrap();
    assert!(branching.get(name.as_str()).unwrap().is_none(), "nothing was changed in it");
    let error = branching
        .with_branch::<(), Error>(&name, PATIENCE, |on_branch| {
            set_facility(on_branch, &site, "lost");
            Err(on_branch.dcim().sites().create(json!({})).unwrap_err())
        })
        .unwrap_err();
    assert!(error.kind() == ErrorKind::Validation && error.to_string().contains("slug"), "{error}");
    assert!(branching.get(name.as_str()).unwrap().is_none());

    // What cannot be merged is kept.
    let name = unique("closure-kept");
    let error = branching
        .with_branch::<(), Error>(&name, PATIENCE, |on_branch| {
            set_facility(on_branch, &site, "branch");
            set_facility(&nb, &site, "main");
            Ok(())
        })
        .unwrap_err();
    let kept = branching.get(name.as_str()).unwrap().unwrap();
    let _kept = Cleared(kept.clone());
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains(&format!("kept in branch \"{name}\"")), "{error}");
    assert_eq!(facility(&nb, &site), "main");
}

#[test]
fn an_error_of_the_clean_up_does_not_hide_the_first_one() {
    let server = RawServer::start(|_, connection| {
        let branch = r#"{"id":7,"url":"/api/plugins/branching/branches/7/","name":"x","schema_id":"abcd1234","status":{"value":"ready"}}"#;
        while let Some(request) = connection.read_request() {
            match &request[..4] {
                "POST" => connection.reply("201 Created", "Content-Type: application/json\r\n", branch),
                "GET " => connection.reply("200 OK", "Content-Type: application/json\r\n", branch),
                _ => connection.reply("500 Oops", "", "gone wrong"),
            }
        }
    });
    let nb = Api::new(Client::new(impatient(&server.url()).build().unwrap()).unwrap());
    let error = nb.branching().with_branch::<(), Box<dyn std::error::Error>>("x", PATIENCE, |_| Err("the work failed".into())).unwrap_err();
    assert_eq!(error.to_string(), "the work failed");
    assert!(server.requests().last().unwrap().starts_with("DELETE /api/plugins/branching/branches/7/"), "{:?}", server.requests());
    // A panic is no reason to leave it either.
    let deleted = || server.requests().iter().filter(|request| request.starts_with("DELETE")).count();
    let before = deleted();
    let panicked =
        std::panic::catch_unwind(AssertUnwindSafe(|| nb.branching().with_branch::<(), Error>("x", PATIENCE, |_| panic!("on purpose"))));
    assert!(panicked.is_err());
    assert_eq!(deleted(), before + 1);
}

#[test]
fn a_server_without_the_plugin_has_no_branching() {
    let (_netbox, nb) = in_memory(NetBox::builder());
    assert!(!nb.branching().is_available().unwrap());
}
