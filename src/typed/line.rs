//! What the modules of all lines have alike: their resources by name.

/// The resources of a line.
macro_rules! line {
    ($line:ident { $($app:ident: $name:ident,)* }) => {
        /// The release line that these types are made for.
        pub const LINE: $crate::schema::ReleaseLine = $crate::schema::ReleaseLine::$line;

        /// All resources of one NetBox by name. Clones are cheap and share connections; threads may share one.
        ///
        /// A server of another line is read, too: the log warns once, and what does not fit is an error.
        #[derive(Debug, Clone)]
        pub struct Api($crate::facade::Api);

        /// The resources of a NetBox, from its address and a token.
        ///
        /// # Errors
        /// An address or a token that is not valid. Nothing is sent.
        pub fn api<T>(base_url: impl Into<String>, token: T) -> $crate::error::Result<Api>
        where
            T: TryInto<$crate::auth::Token>,
            $crate::error::Error: From<T::Error>,
        {
            Ok(Api($crate::facade::api(base_url, token)?.of_line(LINE)))
        }

        /// The lists by their paths, with the groups of their filters.
        #[cfg(test)]
        pub(in crate::typed) fn filters() -> Vec<(&'static str, &'static [&'static str])> {
            [$($name::FILTERS),*].concat()
        }

        impl Api {
            /// The resources that a client reaches, in the client's scope.
            pub fn new(client: $crate::client::Client) -> Api {
                Api($crate::facade::Api::new(client).of_line(LINE))
            }

            /// The NetBox of the environment (`NETBOX_URL`, `NETBOX_TOKEN`), else of the default profile.
            ///
            /// # Errors
            /// As [`Config::from_env`](crate::Config::from_env).
            pub fn from_env() -> $crate::error::Result<Api> {
                Ok(Api($crate::facade::Api::from_env()?.of_line(LINE)))
            }

            /// The same NetBox without types.
            pub fn untyped(&self) -> &$crate::facade::Api {
                &self.0
            }

            /// The same resources, whose lists check their filters before anything is sent: see [`Api::strict`](crate::Api::strict).
            #[must_use]
            pub fn strict(&self) -> Api {
                Api(self.0.strict())
            }

            /// The same resources on a branch of the branching plugin: see [`Client::on_branch`](crate::Client::on_branch).
            ///
            /// # Errors
            /// A text that cannot be a schema id.
            pub fn on_branch(&self, schema_id: impl AsRef<str>) -> $crate::error::Result<Api> {
                Ok(Api(self.0.on_branch(schema_id)?))
            }

            $(
                #[doc = concat!("The resources of `/api/", stringify!($app), "/`.")]
                #[inline]
                pub fn $app(&self) -> $name {
                    $name(self.0.clone())
                }
            )*
        }
    };
}

/// The resources of an app.
macro_rules! app {
    ($name:ident $app:literal { $($method:ident $resource:literal $filter:ident: $endpoint:ty,)* }) => {
        #[doc = concat!("The resources of `/api/", $app, "/`.")]
        #[derive(Debug, Clone)]
        pub struct $name($crate::facade::Api);

        impl $name {
            $(
                #[doc = concat!("`", $app, "/", $resource, "`, filtered with [`", stringify!($filter), "`].")]
                #[inline]
                pub fn $method(&self) -> $endpoint {
                    <$endpoint>::new(&self.0, concat!($app, "/", $resource))
                }
            )*

            #[cfg(test)]
            const FILTERS: &[(&'static str, &'static [&'static str])] =
                &[$((concat!($app, "/", $resource), <$filter as $crate::typed::filter::tests::Groups>::GROUPS)),*];
        }
    };
}

/// A resource whose objects have something below them.
macro_rules! details {
    ($name:ident $path:literal: $endpoint:ty { $($detail:ident($($argument:tt)*),)* }) => {
        #[doc = concat!("`", $path, "`: all that an [`Endpoint`] does, and what is below its objects.")]
        #[derive(Debug, Clone)]
        pub struct $name($endpoint);

        impl $name {
            #[inline]
            fn new(api: &$crate::facade::Api, path: &str) -> $name {
                $name(<$endpoint>::new(api, path))
            }

            $($crate::typed::detail::$detail! { $($argument)* })*
        }

        impl std::ops::Deref for $name {
            type Target = $endpoint;

            #[inline]
            fn deref(&self) -> &$endpoint {
                &self.0
            }
        }
    };
}

/// The lines as one type.
macro_rules! lines {
    ($($feature:literal $module:ident $variant:ident,)*) => {
        /// The typed resources of a NetBox whose version is known when the program runs: made by [`typed_api`].
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum TypedApi {
            $(
                #[doc = concat!("Those of [`", stringify!($module), "`].")]
                #[cfg(feature = $feature)]
                $variant($module::Api),
            )*
        }

        impl TypedApi {
            /// The typed resources that a client reaches, of this line.
            ///
            /// # Errors
            /// A line whose feature is not enabled.
            pub fn new(client: $crate::client::Client, line: $crate::schema::ReleaseLine) -> $crate::error::Result<TypedApi> {
                match line {
                    $(
                        #[cfg(feature = $feature)]
                        $crate::schema::ReleaseLine::$variant => Ok(TypedApi::$variant($module::Api::new(client))),
                    )*
                    #[allow(unreachable_patterns, reason = "all lines may be enabled")]
                    _ => Err($crate::error::Error::config(format!("the types for NetBox {line} are not compiled in"))
                        .with_hint(format!("Enable the feature v4_{} of netbox-sdk", line.minor()))),
                }
            }
        }

        /// The lists of all lines, as each line has them.
        #[cfg(test)]
        pub(super) fn filters() -> Vec<($crate::schema::ReleaseLine, Vec<(&'static str, &'static [&'static str])>)> {
            vec![$(
                #[cfg(feature = $feature)]
                ($module::LINE, $module::filters()),
            )*]
        }

        /// The typed resources of a NetBox of this version, as `4.5.5` or `4.5`: a patch release is of its line.
        ///
        /// # Errors
        /// A version that is not supported, or whose feature is not enabled; an address or a token that is not valid. Nothing is sent.
        pub fn typed_api<T>(base_url: impl Into<String>, token: T, version: &str) -> $crate::error::Result<TypedApi>
        where
            T: TryInto<$crate::auth::Token>,
            $crate::error::Error: From<T::Error>,
        {
            let line = version.parse::<$crate::schema::ReleaseLine>()?;
            TypedApi::new($crate::facade::api(base_url, token)?.client().clone(), line)
        }
    };
}

pub(super) use {app, details, line, lines};
