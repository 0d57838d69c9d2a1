//! Requests: paths, methods and bodies as NetBox's own documentation has them.

use netbox_sdk::http::StatusCode;
use netbox_sdk::{Client, ErrorKind, Form, Part, Result};
use serde_json::{Value, json};

use crate::Made;

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdacd\xf8\xcfP\x0f\0\x03\x86\x01\x80Z4}k\0\0\0\0IEND\xaeB`\x82";

pub(crate) fn walk(client: &Client, name: &str, login: Option<(String, String)>, made: &mut Made<'_>) -> Result<()> {
    let probe = client.probe_connection();
    println!("probe       ok {}, status {:?}, {}", probe.ok, probe.status, probe.error.as_deref().unwrap_or("no error"));
    println!("version     {}", client.version()?);
    let status = client.status()?;
    println!("status      NetBox {}, {} workers", status["netbox-full-version"], status["rq-workers-running"]);
    create_token(client, login, made)?;

    let mut page: Value =
        client.get("dcim/devices").queries([("limit", "100"), ("fields", "id,name")]).send()?.error_for_status()?.json()?;
    let (mut seen, mut pages) = (rows(&page), 1);
    while let Some(next) = page["next"].as_str().filter(|_| pages < 3) {
        page = client.get(next).send()?.error_for_status()?.json()?;
        seen += rows(&page);
        pages += 1;
    }
    println!("list        {seen} of {} devices, in {pages} pages", page["count"]);

    let filtered = client.get("dcim/devices").query("status", "active").query("status", "planned").query("limit", 1).query("fields", "id");
    let found: Value = filtered.send()?.error_for_status()?.json()?;
    println!("filter      {} devices active or planned", found["count"]);

    let site: Value = client.post("dcim/sites").json(&json!({"name": name, "slug": name})).send()?.error_for_status()?.json()?;
    let path = format!("dcim/sites/{}", site["id"]);
    made.paths.push(path.clone());
    println!("create      site {} as {path}", site["name"]);
    let site: Value = client.get(&path).send()?.error_for_status()?.json()?;
    println!("get         {} is {}", site["name"], site["status"]["label"]);
    let whole = json!({"name": name, "slug": name, "facility": "Hall 1"});
    let site: Value = client.put(&path).json(&whole).send()?.error_for_status()?.json()?;
    println!("put         facility {}", site["facility"]);
    let site: Value = client.patch(&path).json(&json!({"facility": "Hall 2"})).send()?.error_for_status()?.json()?;
    println!("patch       facility {}", site["facility"]);

    let refused = client.post("dcim/sites").json(&json!({"name": "", "status": "on fire"})).send()?.error_for_status();
    match refused {
        Err(error) if error.kind() == ErrorKind::Validation => println!("validation  {error}"),
        Err(error) => return Err(error),
        Ok(response) => println!("validation  unexpectedly {}", response.status()),
    }

    let query = "query($slug: String!) { site_list(filters: {slug: {exact: $slug}}) { name status } }";
    let data: Value = client.graphql_data(query, json!({ "slug": name }))?;
    println!("graphql     {}", data["site_list"]);

    let form = Form::new()
        .text("object_type", "dcim.site")
        .text("object_id", site["id"].to_string())
        .text("name", "floor plan")
        .part("image", Part::bytes("plan.png", PNG));
    let image: Value = client.post("extras/image-attachments").multipart(form).send()?.error_for_status()?.json()?;
    let image_path = format!("extras/image-attachments/{}", image["id"]);
    made.paths.push(image_path.clone());
    let picture = client.get(image["image"].as_str().unwrap_or_default()).send()?.error_for_status()?;
    println!("upload      {image_path}, {} of {} bytes came back", picture.bytes().len(), PNG.len());

    for path in [&image_path, &path] {
        client.delete(path).send()?.error_for_status()?;
        println!("delete      {path}");
    }
    let gone = client.get(&path).send()?;
    println!("404         {path}: {}", if gone.status() == StatusCode::NOT_FOUND { "not there any more" } else { "still there" });
    Ok(())
}

/// A token from a user name and a password, used at once.
fn create_token(client: &Client, login: Option<(String, String)>, made: &mut Made<'_>) -> Result<()> {
    let Some((username, password)) = login else {
        println!("token       skipped: set NETBOX_USERNAME and NETBOX_PASSWORD to make one");
        return Ok(());
    };
    let token = client.create_token(&username, &password)?;
    made.paths.extend(token.id().map(|id| format!("users/tokens/{id}")));
    let user: Value = client.with_token(token.token()).get("authentication-check").send()?.error_for_status()?.json()?;
    println!("token       {:?} works for {}", token.token(), user["username"]);
    Ok(())
}

fn rows(page: &Value) -> usize {
    page["results"].as_array().map_or(0, Vec::len)
}
