//! Filters of lists, with a method for each parameter.

use std::fmt;
use std::marker::PhantomData;

use super::body::Reference;
use super::choice::{Choice, OpenEnum};
use super::reply::number;
use super::table::Model;
use super::values::{Date, DateTime};
use crate::facade::{FilterValue, Filters, Id, Record};

/// Filters of the list of a resource: `DeviceFilter`, `SiteFilter` and so on are this type, each with the methods that its list has. Several filters mean all of them; a filter with several
/// values, or one that is given again, means any of these (`tag`: all of them).
///
#[cfg_attr(
    feature = "v4_7",
    doc = r#"
```
use netbox_sdk::Filters;
use netbox_sdk::typed::v4_7::{DeviceFilter, DeviceStatus};

let filter = DeviceFilter::new().site(["lon", "par"]).status_n(DeviceStatus::Offline).name_ic("sw").id_gt(5).param("cf_owner", "x");
assert_eq!(Filters::from(filter).to_string(), "site=lon&site=par&status__n=offline&name__ic=sw&id__gt=5&cf_owner=x");
```

Neither another filter than the list has nor a value of another kind is compiled:

```compile_fail
netbox_sdk::typed::v4_7::SiteFilter::new().serial("X");
```

```compile_fail
netbox_sdk::typed::v4_7::DeviceFilter::new().id_gt("five");
```
"#
)]
///
/// A method is called as the parameter, with one stroke before a lookup: `name_ic` sends `name__ic`. Where another parameter is called so, it keeps both, as `created__after` of jobs beside
/// `created_after` of journal entries. What can be asked about depends on the value:
///
/// | lookups | of | objects whose value |
/// | --- | --- | --- |
/// | `_n` | all but booleans | is none of these |
/// | `_gt`, `_gte`, `_lt`, `_lte` | numbers, dates, times | is above, at least, below, at most |
/// | `_ie`, `_ic`, `_isw`, `_iew` | texts | is, contains, begins with, ends with this, in capitals or not |
/// | `_nie`, `_nic`, `_nisw`, `_niew` | texts | does not |
/// | `_regex`, `_iregex` | texts, since 4.4 | fits the expression; in capitals or not |
/// | `_empty` | texts, numbers, dates, times | is empty, or (`false`) is not |
///
/// A filter takes what its values are: texts, numbers, true or false, dates and times (as texts, too), choices by their types, ids (of an object that was read, too: `site_id(&site)`). Where
/// there may be several of them it takes lists, and `None` for objects without a value where that is an id, a choice or a text.
#[must_use = "it is given to the list"]
pub struct Filter<R> {
    filters: Filters,
    resource: PhantomData<fn() -> R>,
}

impl<R> Filter<R> {
    /// Without any filter: all objects fit.
    #[inline]
    pub fn new() -> Self {
        Filter { filters: Filters::default(), resource: PhantomData }
    }

    /// A parameter by its own name, for those that no document has: custom fields (`cf_owner`, `cf_owner__ic`), and what a server's plugins add.
    pub fn param(mut self, name: &str, value: impl Into<FilterValue>) -> Self {
        self.filters.push(name, value.into());
        self
    }
}

impl<R> Default for Filter<R> {
    #[inline]
    fn default() -> Self {
        Filter::new()
    }
}

impl<R> Clone for Filter<R> {
    fn clone(&self) -> Self {
        Filter { filters: self.filters.clone(), resource: PhantomData }
    }
}

impl<R> PartialEq for Filter<R> {
    fn eq(&self, other: &Self) -> bool {
        self.filters == other.filters
    }
}

/// The parameters, encoded as in a URL.
impl<R> fmt::Debug for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&format_args!("{}", self.filters)).finish()
    }
}

impl<R> From<Filter<R>> for Filters {
    #[inline]
    fn from(filter: Filter<R>) -> Filters {
        filter.filters
    }
}

#[diagnostic::on_unimplemented(
    message = "a filter of `{K}` does not take `{Self}`",
    note = "texts take &str and String, choices their types (`DeviceStatus::from(\"active\")`), ids numbers or `&object`; `None` needs a type: `None::<&str>`, `None::<u64>`"
)]
/// What a filter takes whose values are of the kind `K`; `Vec<K>` of one that may have several.
pub trait Criterion<K>: Sized {
    #[doc(hidden)]
    fn value(self) -> FilterValue;
    /// A method of what is given, not of the filter: a compiler would look for that among those of all parameters, and through all that it calls, for each of them.
    #[doc(hidden)]
    fn add_to<R>(self, filter: Filter<R>, name: &str) -> Filter<R> {
        filter.param(name, self.value())
    }
}

macro_rules! criteria {
    ($($kind:ty: $([$($generics:tt)*] $argument:ty),* => |$value:ident| $made:expr;)*) => {$($(
        impl<$($generics)*> Criterion<$kind> for $argument {
            #[inline]
            fn value(self) -> FilterValue {
                let $value = self;
                $made.into()
            }
        }

        impl<$($generics)*> Criterion<Vec<$kind>> for $argument {
            #[inline]
            fn value(self) -> FilterValue {
                Criterion::<$kind>::value(self)
            }
        }
    )*)*};
}

criteria! {
    bool: [] bool => |value| value;
    i64: [] i64, [] i32, [] u8, [] u16, [] u32, [] u64 => |value| value;
    f64: [] f64, [] i32, [] i64, [] u8, [] u16, [] u32, [] u64 => |value| value;
    String: [] &str, [] String, [] &String => |value| value;
    Date: [] &str, [] String => |value| value;
    Date: [] Date, [] &Date => |value| value.as_str();
    DateTime: [] &str, [] String => |value| value;
    DateTime: [] DateTime, [] &DateTime => |value| value.as_str();
    Reference: [] i32, [] u64, [] Id, [] &Id, [] &Record, [T: Model] &T => |value| value;
    T: [T: OpenEnum] T => |value| value.as_str();
    T: [T: OpenEnum] Choice<T>, [T: OpenEnum] &Choice<T> => |choice| choice.value.as_str();
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        impl<K, C: Criterion<K> + Clone, $($generics)*> Criterion<Vec<K>> for $list {
            #[inline]
            fn value(self) -> FilterValue {
                self.iter().cloned().map(C::value).collect::<Vec<_>>().into()
            }
        }
    )*};
}

lists! {
    [] Vec<C>;
    [] &Vec<C>;
    [] &[C];
    [const N: usize] [C; N];
    [const N: usize] &[C; N];
}

/// None: the objects that have no such value.
impl<K: MayBeNone, C: Criterion<K>> Criterion<Vec<K>> for Option<C> {
    #[inline]
    fn value(self) -> FilterValue {
        self.map(C::value).into()
    }
}

/// A kind of value that an object may lack, and be asked for by that.
pub trait MayBeNone {}

impl MayBeNone for String {}
impl MayBeNone for Reference {}
impl<T: OpenEnum> MayBeNone for T {}

/// Its id, as `("site_id", &site)`. An object without one is an empty list of values.
impl<T: Model> From<&T> for FilterValue {
    #[inline]
    fn from(object: &T) -> FilterValue {
        number(object).map_or_else(|| Vec::<Id>::new().into(), FilterValue::from)
    }
}

/// Its id, as `devices.delete(&device)`. That of an object without one is empty, which is refused.
impl<T: Model> From<&T> for Id {
    #[inline]
    fn from(object: &T) -> Id {
        number(object).map_or_else(|| Id::from(""), Id::from)
    }
}

/// The parameters of all lists: a trait for those that the same lists have, and their methods.
macro_rules! parameters {
    ($($group:ident $(($value:ident))? { $($method:ident $name:literal: $kind:ty,)* })*) => {
    $(
        pub trait $group {
            $(type $value;)?
        }

        #[allow(non_snake_case, reason = "a method may have two strokes")]
        impl<R: $group> $crate::typed::filter::Filter<R> {
            $(
                #[doc = $name]
                pub fn $method(self, value: impl $crate::typed::filter::Criterion<$kind>) -> Self {
                    value.add_to(self, $name)
                }
            )*
        }

        #[cfg(test)]
        impl $group for $crate::typed::filter::tests::Every {
            $(type $value = bool;)?
        }
    )*

        /// What each method sends, by its group.
        #[cfg(test)]
        pub(in crate::typed) fn sent() -> Vec<(&'static str, &'static str, crate::facade::Filters)> {
            use $crate::typed::filter::{Filter, tests::{Any, Every}};
            vec![$($((stringify!($group), $name, Filter::<Every>::new().$method(Any).into()),)*)*]
        }
    };
}

/// The filters of a resource.
macro_rules! filter {
    ($(#[$attribute:meta])* $name:ident $parameters:ident { $($group:ident $(= $value:ty)?,)* }) => {
        #[doc(hidden)]
        #[allow(missing_debug_implementations, reason = "there is no value of it")]
        pub enum $parameters {}

        $(#[$attribute])*
        pub type $name = $crate::typed::filter::Filter<$parameters>;

        $(
            impl $crate::typed::parameters::$group for $parameters {
                $(type Value = $value;)?
            }
        )*

        #[cfg(test)]
        impl $crate::typed::filter::tests::Groups for $parameters {
            const GROUPS: &'static [&'static str] = &[$(stringify!($group)),*];
        }
    };
}

pub(super) use {filter, parameters};

#[cfg(test)]
pub(in crate::typed) mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Criterion, Filter};
    use crate::facade::FilterValue;
    use crate::schema::build_schema_index;
    use crate::typed::lines::filters;
    use crate::typed::parameters::sent;

    /// The list of all parameters.
    pub(in crate::typed) enum Every {}

    /// A value of any kind.
    pub(in crate::typed) struct Any;

    impl<K> Criterion<K> for Any {
        fn value(self) -> FilterValue {
            "x".into()
        }
    }

    /// The names of the groups that a list has.
    pub(in crate::typed) trait Groups {
        const GROUPS: &'static [&'static str];
    }

    impl<R: Groups> Groups for Filter<R> {
        const GROUPS: &'static [&'static str] = R::GROUPS;
    }

    #[test]
    fn every_method_sends_the_parameter_that_it_is_for() {
        for (_, name, filters) in sent() {
            assert_eq!(filters.to_string(), format!("{name}=x"));
        }
    }

    #[test]
    fn every_filter_of_every_list_has_a_method() {
        let mut parameters = BTreeMap::<&str, Vec<&str>>::new();
        for (group, name, _) in sent() {
            parameters.entry(group).or_default().push(name);
        }
        let mut count = 0;
        for (line, lists) in filters() {
            let index = build_schema_index(line).unwrap();
            for (path, groups) in lists {
                let present: BTreeSet<String> = groups.iter().flat_map(|group| &parameters[group]).map(|name| (*name).to_owned()).collect();
                let names = index.resources[path].filters.iter().flat_map(|(name, filter)| {
                    std::iter::once(name.clone()).chain(filter.lookups.iter().map(move |lookup| format!("{name}__{lookup}")))
                });
                let wanted: BTreeSet<String> = names.collect();
                count += wanted.len();
                assert_eq!(present, wanted, "NetBox {line}: {path}");
            }
        }
        assert!(count > 1000, "{count} filters");
    }
}
