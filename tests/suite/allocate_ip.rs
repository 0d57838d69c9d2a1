//! The example `allocate_ip`, as a script runs it: what it prints where, and its exit code.

use netbox_sdk::http::Method;
use netbox_sdk::mock::{Demo, Fault, NetBox};
use netbox_sdk::{api, json};

use crate::support::example;

#[test]
fn it_says_whether_an_address_was_taken() {
    let netbox = NetBox::builder().seed(Demo::small()).start().unwrap();
    let run = |prefix: &str, token: &str| {
        let mut command = example("allocate_ip")?;
        let output = command.args([prefix, "web-7.example.com"]).env("NETBOX_URL", netbox.url()).env("NETBOX_TOKEN", token).output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Some((output.status.code(), text(output.stdout), text(output.stderr)))
    };
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    nb.ipam().prefixes().create(json!({"prefix": "192.0.2.0/31"})).unwrap();
    let Some(taken) = run("192.0.2.0/31", netbox.token()) else { return };
    assert_eq!(taken, (Some(0), "192.0.2.0/31\n".to_owned(), String::new()));
    let fails = |prefix: &str, token: &str, code: i32, says: &str| {
        let (status, printed, said) = run(prefix, token).unwrap();
        assert_eq!((status, printed.as_str()), (Some(code), ""), "{said}");
        assert!(said.contains(says), "{said}");
    };
    fails("192.0.2.8/29", netbox.token(), 1, "there is no prefix 192.0.2.8/29");
    fails("192.0.2.0/31", "nbt_no.such", 1, "Invalid v2 token");
    netbox.fail(Fault::unavailable(std::time::Duration::ZERO).on_method(Method::GET).times(9));
    fails("192.0.2.0/31", netbox.token(), 1, "503");
    netbox.reset();
    netbox.fail(Fault::drop_before_reply().on_method(Method::POST));
    fails("192.0.2.0/31", netbox.token(), 2, "POST");
    assert!(netbox.pending_faults().is_empty());
    assert_eq!(nb.ipam().ip_addresses().filter([("dns_name", "web-7.example.com")]).count().unwrap(), 2, "it was taken");
    fails("192.0.2.0/31", netbox.token(), 1, "192.0.2.0/31 is full");
}
