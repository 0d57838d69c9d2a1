//! Methods that several lists or forms have, written once: a trait for those that the same ones have.

use std::collections::BTreeMap;

use super::choices::camel;

/// The number of a line, and the objects that are listed or written there.
pub(crate) type Owner = (usize, String);

/// Methods that the same owners have.
#[derive(Debug)]
pub(crate) struct Group<V> {
    pub(crate) name: String,
    pub(crate) methods: Vec<Method<V>>,
}

#[derive(Debug)]
pub(crate) struct Method<V> {
    /// As NetBox calls the parameter or the field.
    pub(crate) name: String,
    /// What it takes. `None` where that is not the same for all owners.
    pub(crate) value: Option<V>,
}

/// The groups of an owner by their names, with what the methods take where that is not the same for all owners.
pub(crate) type Groups<V> = Vec<(String, Option<V>)>;

/// All groups, and those of each owner. The methods are told with what they take for each owner. `is_own` says of what not every line may have.
pub(crate) fn group<V: Clone + Ord>(
    methods: &BTreeMap<String, BTreeMap<Owner, V>>,
    is_own: impl Fn(&V) -> bool,
) -> (Vec<Group<V>>, BTreeMap<Owner, Groups<V>>) {
    let mut groups = BTreeMap::<BTreeMap<Owner, Option<V>>, Vec<Method<V>>>::new();
    for (name, owners) in methods {
        let first = owners.values().next().expect("a method is of something");
        let value = (!is_own(first) && owners.values().all(|value| value == first)).then(|| first.clone());
        let owners = owners.iter().map(|(owner, own)| (owner.clone(), value.is_none().then(|| own.clone()))).collect();
        groups.entry(owners).or_default().push(Method { name: name.clone(), value });
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(_, left), (_, right)| left[0].name.cmp(&right[0].name));
    let mut named = Vec::<Group<V>>::new();
    let mut owned = BTreeMap::<Owner, Groups<V>>::new();
    for (owners, methods) in groups {
        let names = methods.iter().map(|method| camel(&method.name));
        let name = { names }.find(|name| named.iter().all(|group| group.name != *name)).expect("a group has a name of its own");
        for (owner, value) in owners {
            owned.entry(owner).or_default().push((name.clone(), value));
        }
        named.push(Group { name, methods });
    }
    (named, owned)
}

/// The groups of all owners on a line.
pub(crate) fn of_line<'a, V: Clone>(
    owned: &BTreeMap<Owner, Groups<V>>,
    line: usize,
    components: impl Iterator<Item = &'a String>,
) -> BTreeMap<String, Groups<V>> {
    let groups = |component: &String| owned.get(&(line, component.clone())).cloned().unwrap_or_default();
    components.map(|component| (component.clone(), groups(component))).collect()
}
