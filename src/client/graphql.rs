//! GraphQL: a read, whatever its method.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{ApiResponse, Client};
use crate::error::{Error, ErrorKind, ErrorReply, Result};

impl Client {
    /// Sends a GraphQL query to `/graphql/`. NetBox's GraphQL only reads, so it is retried like a GET.
    ///
    /// An error of the query is a reply with status 200 and `errors`: [`graphql_data`](Client::graphql_data) turns it into an [`Error`].
    ///
    /// ```no_run
    /// # let client = netbox_sdk::Client::from_env()?;
    /// let query = "query($n: String) { site_list(filters: {name: {exact: $n}}) { id name } }";
    /// let reply = client.graphql(query, serde_json::json!({"n": "LON"}))?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// Variables that are not a JSON object or null, and no reply.
    pub fn graphql(&self, query: &str, variables: impl Serialize) -> Result<ApiResponse> {
        let variables = serde_json::to_value(variables)
            .map_err(|error| Error::invalid_request(format!("the variables cannot be written as JSON: {error}")).with_source(error))?;
        if !variables.is_object() && !variables.is_null() {
            return Err(Error::invalid_request("the variables of a GraphQL query are a JSON object, or () for none"));
        }
        let mut body = json!({ "query": query });
        if variables.is_object() {
            body["variables"] = variables;
        }
        self.post("/graphql").json(&body).send()
    }

    /// As [`graphql`](Client::graphql), and gives the `data` of the reply.
    ///
    /// # Errors
    /// As [`graphql`](Client::graphql); a status of 400 and above (a refused token is 403); a redirect to the login page (no token at all); [`ErrorKind::GraphQl`] where the reply holds `errors`, with all their messages;
    /// data that do not fit the type.
    pub fn graphql_data<T: DeserializeOwned>(&self, query: &str, variables: impl Serialize) -> Result<T> {
        let response = self.graphql(query, variables)?.error_for_status()?;
        let mut reply: Value = response.json()?;
        let errors = reply.get("errors").and_then(Value::as_array).filter(|errors| !errors.is_empty());
        if let Some(errors) = errors {
            let messages = errors.iter().map(message).map(|text| response.hide(&text)).collect();
            let tree = ErrorReply::of_messages(messages);
            return Err(response.error(ErrorKind::GraphQl, tree.to_string()).with_reply(tree));
        }
        let data = reply.get_mut("data").map(Value::take).unwrap_or_default();
        serde_path_to_error::deserialize(data).map_err(|error| {
            let path = error.path().to_string();
            let reason = response.reason(&path, &error.inner().to_string());
            response.error(ErrorKind::Decode, format!("the data of the reply do not fit at {path}: {reason}"))
        })
    }
}

/// The message of an error with the place in the query.
fn message(error: &Value) -> String {
    let text = error.get("message").and_then(Value::as_str).unwrap_or("an error without a message");
    let place = error.pointer("/locations/0").and_then(|place| Some((place.get("line")?.as_u64()?, place.get("column")?.as_u64()?)));
    match place {
        Some((line, column)) => format!("{text} (line {line}, column {column} of the query)"),
        None => text.to_owned(),
    }
}
