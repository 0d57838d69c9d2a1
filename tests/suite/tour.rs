//! The tour, as somebody who has no NetBox takes it.

use crate::support::example;

#[test]
fn without_a_netbox_it_walks_through_one_in_memory_and_leaves_nothing_out() {
    let Some(mut tour) = example("tour") else { return };
    let output = tour.env_remove("NETBOX_URL").env_remove("NETBOX_TOKEN").output().unwrap();
    let (told, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && errors.is_empty(), "{told}\n{errors}");
    assert!(told.starts_with("On a NetBox in memory."), "{told}");
    for step in [
        "filter      leaf-lon-00000 in LON",
        "allocate    192.0.2.1/29",
        "delete_many 3 tags",
        "token       Token(v2, ***)",
        "graphql     [{",
    ] {
        assert!(told.contains(step), "{step} in {told}");
    }
    assert!(!told.contains("left out") && !told.contains("skipped"), "{told}");
}
