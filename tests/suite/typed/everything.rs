//! Every resource whose objects can be made, on a real NetBox and through types alone: made, read, changed, emptied, listed, found, put back and deleted.

mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::panic::{self, AssertUnwindSafe};
use std::sync::LazyLock;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use netbox_sdk::typed::v4_7::{
    self, Device, DeviceRequest, DeviceRoleRequest, DeviceTypeRequest, ManufacturerRequest, Owner, OwnerRequest, SiteRequest, Tag,
    TagRequest, Tenant, TenantRequest, User,
};
use netbox_sdk::typed::{Body, Endpoint, Model};
use netbox_sdk::{Api, SchemaIndex, build_schema_index, json};
use serde::Serialize;
use serde_json::{Map, Value};

use super::live::guard;
use crate::branching::ready_branch;
use crate::live::{Guard, unique};
use crate::support::live;

/// Resources whose objects cannot be made through types.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("extras/image-attachments", "an image goes as a file of a form, not as JSON"),
    ("extras/scripts/upload", "a script goes as a file of a form, not as JSON"),
];

/// Resources with fields that the document calls nullable, none of which can be emptied.
const NEVER_EMPTY: [(&str, &str); 3] = [
    ("extras/image-attachments", "it has no row"),
    ("extras/scripts/upload", "it has no row"),
    ("extras/journal-entries", "NetBox puts whoever writes in place of nobody"),
];

/// Lists that NetBox cannot filter, not even by id.
const WITHOUT_FILTERS: [&str; 3] = ["extras/notification-groups", "extras/notifications", "extras/subscriptions"];

/// What is written and never read.
const WRITE_ONLY: [&str; 3] = ["password", "adopt_components", "replicate_components"];

/// The objects of one app: what they need, what was tried with them, and what went wrong. What was made is deleted at the end, the last first.
pub struct Stage {
    pub nb: v4_7::Api,
    owner: Owner,
    tag: Tag,
    tenant: Tenant,
    /// The members that were written of each resource, and whether as null.
    written: BTreeMap<String, BTreeSet<(String, bool)>>,
    problems: Vec<String>,
    guards: Vec<Guard>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        while self.guards.pop().is_some() {}
    }
}

impl Stage {
    pub fn new(nb: &v4_7::Api) -> Stage {
        let mut guards = Vec::new();
        let (owner, tag, tenant) = (
            made(nb, &mut guards, &nb.users().owners(), &OwnerRequest::new(None::<u64>, name())),
            made(nb, &mut guards, &nb.extras().tags(), &TagRequest::new(name(), name())),
            made(nb, &mut guards, &nb.tenancy().tenants(), &TenantRequest::new(name(), name())),
        );
        Stage { nb: nb.clone(), owner, tag, tenant, written: BTreeMap::new(), problems: Vec::new(), guards }
    }

    /// Makes what other objects need.
    pub fn has<T: Model + Serialize, R: Body, P: Body>(&mut self, endpoint: &Endpoint<T, R, P>, request: R) -> T {
        made(&self.nb, &mut self.guards, endpoint, &request)
    }

    /// A device of its own, with all that it needs.
    pub fn device(&mut self) -> Device {
        let dcim = self.nb.dcim();
        let maker = self.has(&dcim.manufacturers(), ManufacturerRequest::new(name(), name()));
        let device_type = self.has(&dcim.device_types(), DeviceTypeRequest::new(&maker, name(), name()));
        let role = self.has(&dcim.device_roles(), DeviceRoleRequest::new(name(), name()));
        let site = self.has(&dcim.sites(), SiteRequest::new(name(), name()));
        self.has(&dcim.devices(), DeviceRequest::new().site(&site).role(&role).device_type(&device_type).name(name()))
    }

    /// A user who was there before.
    pub fn user(&self) -> User {
        self.nb.users().users().all().first().unwrap().unwrap()
    }

    /// The life of an object of one resource: made of what is asked for at least, changed in all that can be said of it, emptied, put back, deleted; alone and in lists of one.
    pub fn row<T, R, P>(&mut self, endpoint: &Endpoint<T, R, P>, request: R, patches: impl IntoIterator<Item = P>)
    where
        T: Model + Serialize,
        R: Body,
        P: Body,
    {
        let path = endpoint.untyped().path().to_owned();
        let mut bodies: Vec<Map<String, Value>> = patches.into_iter().map(|patch| patch.members().clone()).collect();
        let [said, unsaid] = self.common(&writable(&path), &[&bodies[..], &[request.members().clone()]].concat());
        bodies.first_mut().expect("a row changes something").extend(said);
        match bodies.as_mut_slice() {
            [_, .., last] => last.extend(unsaid),
            _ => bodies.push(unsaid),
        }
        let written = self.written.entry(path.clone()).or_default();
        written.extend(bodies.iter().chain([request.members()]).flatten().map(|(name, value)| (name.clone(), value.is_null())));
        if let Err(problem) = self.life(endpoint, &request, bodies.into_iter().map(P::of).collect()) {
            self.problems.push(format!("{path}: {problem}"));
        }
    }

    fn life<T, R, P>(&mut self, endpoint: &Endpoint<T, R, P>, request: &R, patches: Vec<P>) -> Result<(), String>
    where
        T: Model + Serialize,
        R: Body,
        P: Body,
    {
        let made = endpoint.create(request).map_err(told)?;
        let id = id(&made);
        self.guards.push(guard(&self.nb, endpoint.untyped().path(), id));
        shows(&made, request.members())?;
        let found = || endpoint.get(id).map_err(told);
        shows(&found()?.ok_or("it is not there")?, request.members())?;

        let mut states = Vec::new();
        for patch in &patches {
            let state = endpoint.patch(id, patch).map_err(|error| format!("{:?}: {error}", patch.members()))?;
            shows(&state, patch.members())?;
            states.push(state);
        }
        let full = &states[0];
        let emptied = endpoint.update(id, request).map_err(|error| format!("PUT: {error}"))?;
        shows(&emptied, request.members())?;
        let again = endpoint.save_many([(&emptied, full)]).map_err(|error| format!("put back: {error}"))?;
        let (again, full) = (value(&again[0]), value(full));
        let fields = writable(endpoint.untyped().path());
        let differing: Vec<&&str> = fields.iter().filter(|name| again[**name] != full[**name]).collect();
        if !differing.is_empty() {
            return Err(format!("not put back: {differing:?}"));
        }

        for object in &endpoint.all().limit_total(3) {
            object.map_err(|error| format!("in a list: {error}"))?;
        }
        if !WITHOUT_FILTERS.contains(&endpoint.untyped().path()) {
            let ids: Vec<u64> = endpoint.filter([("id", id)]).iter().map(|object| object.as_ref().map_or(0, self::id)).collect();
            if ids != [id] {
                return Err(format!("filtered by its id {id}: {ids:?}"));
            }
        }
        endpoint.delete(id).map_err(told)?;
        if found()?.is_some() {
            return Err("it is there when it was deleted".to_owned());
        }
        self.keep_no_guard();

        let made = endpoint.create_many([request]).map_err(|error| format!("in a list: {error}"))?;
        shows(&made[0], request.members())?;
        let id = self::id(&made[0]);
        self.guards.push(guard(&self.nb, endpoint.untyped().path(), id));
        endpoint.delete_many([id]).map_err(|error| format!("in a list: {error}"))?;
        self.keep_no_guard();
        Ok(())
    }

    /// Of what is deleted: to delete it once more would take its time.
    fn keep_no_guard(&mut self) {
        std::mem::forget(self.guards.pop());
    }

    /// Keeps in mind to delete an object that was made elsewhere.
    fn delete_later(&mut self, path: &str, id: u64) {
        self.guards.push(guard(&self.nb, path, id));
    }

    /// # Panics
    /// Something went wrong with any of the rows.
    pub fn check(&self) {
        assert!(self.problems.is_empty(), "{} problems:\n{}", self.problems.len(), self.problems.join("\n"));
    }

    /// What nearly all resources take, said and unsaid, where the row says nothing of it.
    fn common(&self, fields: &[&str], bodies: &[Map<String, Value>]) -> [Map<String, Value>; 2] {
        let all = [
            ("description", json!("said"), json!("")),
            ("comments", json!("said"), json!("")),
            ("owner", json!(self.owner.id), Value::Null),
            ("tags", json!([self.tag.id]), json!([])),
        ];
        let (mut said, mut unsaid) = (Map::new(), Map::new());
        for (name, value, nothing) in all {
            if fields.contains(&name) && !bodies.iter().any(|body| body.contains_key(name)) {
                said.insert(name.to_owned(), value);
                unsaid.insert(name.to_owned(), nothing);
            }
        }
        [said, unsaid]
    }
}

pub fn name() -> String {
    unique("all")
}

/// A number of a private autonomous system that no other run uses.
fn number() -> u32 {
    4_200_000_010 + nanos() % 94_000_000
}

/// The first half of an address that no other run uses.
fn network() -> String {
    let nanos = nanos();
    format!("2001:db8:{:x}:{:x}", nanos >> 16, nanos & 0xffff)
}

fn nanos() -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()
}

fn told(error: netbox_sdk::Error) -> String {
    error.to_string()
}

/// The fields of a resource that its document lets be written.
fn writable(path: &str) -> Vec<&'static str> {
    static INDEX: LazyLock<SchemaIndex> = LazyLock::new(|| build_schema_index(v4_7::LINE).unwrap());
    INDEX.resources[path].fields.iter().filter(|(_, field)| !field.read_only).map(|(name, _)| name.as_str()).collect()
}

fn value(object: &impl Serialize) -> Value {
    serde_json::to_value(object).unwrap()
}

fn id(object: &impl Serialize) -> u64 {
    value(object)["id"].as_u64().unwrap()
}

fn made<T: Model + Serialize, R: Body, P: Body>(nb: &v4_7::Api, guards: &mut Vec<Guard>, endpoint: &Endpoint<T, R, P>, request: &R) -> T {
    let made = endpoint.create(request).unwrap_or_else(|error| panic!("{}: {error}", endpoint.untyped().path()));
    guards.push(guard(nb, endpoint.untyped().path(), id(&made)));
    made
}

/// Whether an object has what was written of it.
fn shows(object: &impl Serialize, written: &Map<String, Value>) -> Result<(), String> {
    let object = value(object);
    for (name, written) in written.iter().filter(|(name, _)| !WRITE_ONLY.contains(&name.as_str())) {
        if !is_shown(&object[name], written) {
            return Err(format!("{name} was written as {written} and is read as {}", object[name]));
        }
    }
    Ok(())
}

fn is_shown(read: &Value, written: &Value) -> bool {
    match (read, written) {
        _ if read == written => true,
        // No list is an empty one.
        (Value::Array(read), Value::Null) => read.is_empty(),
        (Value::Number(read), Value::Number(written)) => read.as_f64() == written.as_f64(),
        (Value::Array(read), Value::Array(written)) => {
            read.len() == written.len() && written.iter().all(|written| read.iter().any(|read| is_shown(read, written)))
        }
        (Value::Object(read), Value::Object(written)) => {
            written.iter().all(|(name, written)| read.get(name).is_some_and(|read| is_shown(read, written)))
        }
        // An object by its id, a choice by its value.
        (Value::Object(read), written) => ["id", "value"].iter().any(|name| read.get(*name).is_some_and(|read| is_shown(read, written))),
        _ => false,
    }
}

/// The resources of the document whose objects can be made: the fields of each, and whether each may be null.
fn document() -> BTreeMap<String, BTreeMap<String, bool>> {
    let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/codegen/openapi/netbox-4.7.json.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut resources = BTreeMap::new();
    for (path, operations) in paths.iter().filter(|(path, _)| paths.contains_key(&format!("{path}{{id}}/"))) {
        let form = &operations["post"]["requestBody"]["content"]["application/json"]["schema"];
        let Some(reference) = form["$ref"].as_str().or(form["oneOf"][0]["$ref"].as_str()) else { continue };
        let form = &document["components"]["schemas"][reference.rsplit('/').next().unwrap()];
        let fields = form["properties"].as_object().unwrap().iter().filter(|(_, field)| field["readOnly"] != true);
        let fields = fields.map(|(name, field)| (name.clone(), field["nullable"] == true)).collect();
        resources.insert(path.trim_start_matches("/api/").trim_end_matches('/').to_owned(), fields);
    }
    resources
}

#[test]
fn objects_live_on_a_branch_through_types() {
    let Some(client) = live() else { return };
    let nb = Api::new(client.clone());
    let (branch, _branch) = ready_branch(&nb, &name());
    let mut stage = Stage::new(&v4_7::Api::new(client.clone()).on_branch(branch.schema_id()).unwrap());
    rows::tenancy(&mut stage);
    rows::wireless(&mut stage);
    stage.check();
    let seen = stage.nb.tenancy().tenants().get(stage.tenant.id).unwrap();
    assert_eq!(seen.map(|tenant| tenant.name), Some(stage.tenant.name.clone()));
    let in_main = v4_7::Api::new(client).tenancy().tenants().filter([("name", stage.tenant.name.as_str())]);
    assert_eq!(in_main.count().unwrap(), 0, "it is on the branch alone");
}

#[test]
fn every_resource_that_can_be_made_lives_through_types() {
    let Some(client) = live() else { return };
    let nb = &v4_7::Api::new(client);
    let apps = [
        rows::circuits,
        rows::dcim,
        rows::templates,
        rows::core_and_extras,
        rows::ipam,
        rows::tenancy,
        rows::users,
        rows::virtualization,
        rows::vpn,
        rows::wireless,
    ];
    let stages = thread::scope(|scope| {
        let threads = apps.map(|app| {
            scope.spawn(move || {
                let mut stage = Stage::new(nb);
                if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| app(&mut stage))) {
                    stage.problems.extend(panic.downcast::<String>().map(|problem| *problem));
                }
                (std::mem::take(&mut stage.written), std::mem::take(&mut stage.problems))
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    let (mut written, mut problems) = (BTreeMap::<String, BTreeSet<(String, bool)>>::new(), Vec::new());
    for (stage_written, stage_problems) in stages {
        for (path, members) in stage_written {
            written.entry(path).or_default().extend(members);
        }
        problems.extend(stage_problems);
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));

    let document = document();
    assert!(document.len() >= 110, "{}", document.len());
    let missing: Vec<&String> =
        document.keys().filter(|path| !written.contains_key(*path) && !EXCEPTIONS.iter().any(|(exception, _)| exception == path)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    let emptied = |path: &String| written.get(path).is_some_and(|members| members.iter().any(|(_, is_null)| *is_null));
    let nullable = document.iter().filter(|(_, fields)| fields.values().any(|is_nullable| *is_nullable)).map(|(path, _)| path);
    let full: Vec<&String> =
        nullable.filter(|path| !emptied(path) && !NEVER_EMPTY.iter().any(|(exception, _)| exception == path)).collect();
    assert!(full.is_empty(), "no row empties a field of {full:?}");
    let unwritten: Vec<String> = written
        .iter()
        .flat_map(|(path, members)| document[path].keys().map(move |name| (path, members, name)))
        .filter(|(_, members, name)| *name != "custom_fields" && !members.contains(&((*name).clone(), false)))
        .map(|(path, _, name)| format!("{path}.{name}"))
        .collect();
    println!("{} resources; fields that no row wrote: {unwritten:?}", written.len());
}
