//! Forms with files, as the body of a write.

use std::collections::BTreeMap;

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::rules::Rules;
use super::store::{Change, Row, Store};

const ATTACHMENTS: &str = "extras/image-attachments";

/// What a value begins with that came as a file. What follows is its path below `/media/`.
const MARK: &str = "\u{0}media/";

/// The members of a form. Files are kept in the store. What cannot be read is left out, as Django does it. `None` where no boundary is named.
pub(super) fn form(rules: &Rules, store: &mut Store, kind: &str, body: &[u8], resource: &str) -> Option<Value> {
    let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?.trim_matches('"');
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut said = Said::default();
    let mut files = Vec::new();
    let mut rest = find(body, &delimiter).map_or(&[][..], |start| &body[start + delimiter.len()..]);
    while let Some(end) = find(rest, &delimiter) {
        if let Some((name, file, content)) = part(&rest[..end]) {
            match file {
                Some(file) => files.push((name, file, content)),
                None => said.add(&name, String::from_utf8_lossy(content).into_owned()),
            }
        }
        rest = &rest[end + delimiter.len()..];
    }
    let mut members = said.into_members(rules, resource);
    for (name, file, content) in files {
        let path = keep(store, resource, &members, &file, content);
        members.insert(name, json!(format!("{MARK}{path}")));
    }
    Some(Value::Object(members))
}

/// The name of a part, that of its file if it is one, and its content.
fn part(part: &[u8]) -> Option<(String, Option<String>, &[u8])> {
    let head_end = find(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&part[..head_end]);
    let content = part.get(head_end + 4..part.len().checked_sub(2)?)?;
    let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let parameter = |name: &str| {
        let (_, after) = disposition.split_once(&format!(" {name}=\""))?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    };
    Some((parameter("name")?, parameter("filename"), content))
}

/// What a form says: of each name its values, and what is within it by a dot or by a place.
#[derive(Debug, Default)]
struct Said {
    values: BTreeMap<String, Vec<String>>,
    within: BTreeMap<String, Value>,
}

impl Said {
    /// Takes in `a`, `a.b`, `a[0]` and `a[0]b`.
    fn add(&mut self, name: &str, value: String) {
        if let Some((list, rest)) = name.split_once('[') {
            let Some((place, member)) = rest.split_once(']') else { return };
            let entries = self.within.entry(list.to_owned()).or_insert_with(|| json!([]));
            let (Some(entries), Ok(place)) = (entries.as_array_mut(), place.parse::<usize>()) else { return };
            let member = member.trim_start_matches('.');
            match entries.get_mut(place).and_then(Value::as_object_mut) {
                _ if member.is_empty() => entries.push(json!(value)),
                Some(entry) => drop(entry.insert(member.to_owned(), json!(value))),
                None => entries.push(json!({member: value})),
            }
        } else if let Some((object, member)) = name.split_once('.') {
            let entry = self.within.entry(object.to_owned()).or_insert_with(|| json!({}));
            if let Some(entry) = entry.as_object_mut() {
                entry.insert(member.to_owned(), json!(value));
            }
        } else {
            self.values.entry(name.to_owned()).or_default().push(value);
        }
    }

    /// The members of a body: relations are what is within them, and everything else has values.
    fn into_members(self, rules: &Rules, resource: &str) -> Map<String, Value> {
        let Said { values, mut within } = self;
        let mut members = Map::new();
        for (name, mut values) in values {
            let field = rules.field(resource, &name);
            let value = match within.remove(&name) {
                Some(within) if field.is_some_and(|field| field.reference.is_some()) => within,
                _ if field.is_some_and(|field| field.is_list) => json!(values),
                _ => json!(values.pop()),
            };
            members.insert(name, value);
        }
        members.extend(within);
        members
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Keeps a file, and gives its path below `/media/`. A name that is taken becomes another one.
fn keep(store: &mut Store, resource: &str, members: &Map<String, Value>, file: &str, content: &[u8]) -> String {
    let member = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    let (folder, stem) = match resource {
        // They are named after what they belong to.
        ATTACHMENTS => {
            let model = member("object_type").rsplit('.').next().unwrap_or_default();
            let name = if member("name").is_empty() { stem } else { member("name") };
            ("image-attachments", format!("{model}_{}_{name}", member("object_id")))
        }
        _ => ("devicetype-images", stem.to_owned()),
    };
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
    let stem: String = stem.chars().map(plain).collect();
    let path = |number: usize| match number {
        0 => format!("{folder}/{stem}.{extension}"),
        number => format!("{folder}/{stem}_{number}.{extension}"),
    };
    let free = (0..).map(path).find(|path| store.file(path).is_none()).unwrap_or_default();
    store.put_file(free.clone(), content.to_vec());
    free
}

/// Drops the files of attachments that are gone.
pub(super) fn follow(store: &mut Store, changed: &[Change]) {
    for change in changed.iter().filter(|change| change.resource == ATTACHMENTS && change.new.is_none()) {
        let path = change.old.as_ref().and_then(|row| row.get("image")?.as_str());
        path.into_iter().for_each(|path| store.remove_file(path));
    }
}

/// The path of a file that was sent as one.
pub(super) fn path(value: &Value) -> Option<&str> {
    value.as_str()?.strip_prefix(MARK)
}

/// Whether some bytes are a picture, by how they begin.
pub(super) fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || bytes.starts_with(b"GIF8")
        || bytes.starts_with(b"\xff\xd8\xff")
        || bytes.get(8..12) == Some(b"WEBP")
}

/// Adds the size of the picture to the row of an attachment. The width and height of those that are no PNG stay unknown.
pub(super) fn measure(store: &Store, row: &mut Row) {
    let Some(bytes) = row.get("image").and_then(Value::as_str).and_then(|path| store.file(path)) else { return };
    let number = |place: usize| bytes.get(place..place + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let is_png = bytes.starts_with(b"\x89PNG");
    for (name, value) in [("image_width", number(16)), ("image_height", number(20))] {
        row.insert(name.to_owned(), json!(value.filter(|_| is_png)));
    }
    row.insert("image_size".to_owned(), json!(bytes.len()));
}

/// A file that is asked for.
pub(super) fn download(store: &Store, path: &str) -> Option<Response<Vec<u8>>> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let mut response = Response::new(store.file(&decoded)?.clone());
    *response.status_mut() = StatusCode::OK;
    let extension = path.rsplit('.').next().unwrap_or_default();
    let kind = match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_what_is_within_them_and_lists_what_is_repeated() {
        let mut said = Said::default();
        for (name, value) in [
            ("u_height", "2"),
            ("u_height.id", "2"),
            ("manufacturer", "7"),
            ("manufacturer.id", "7"),
            ("default_platform.slug", "x"),
            ("tags[0]slug", "x"),
            ("tags[1]slug", "y"),
            ("tags[1]name", "z"),
            ("model", "a"),
            ("model", "b"),
        ] {
            said.add(name, value.to_owned());
        }
        let rules = Rules::of(crate::schema::ReleaseLine::NEWEST).unwrap();
        let wanted = json!({"u_height": "2", "manufacturer": {"id": "7"}, "default_platform": {"slug": "x"},
            "tags": [{"slug": "x"}, {"slug": "y", "name": "z"}], "model": "b"});
        assert_eq!(Value::Object(said.into_members(&rules, "dcim/device-types")), wanted);
    }

    #[test]
    fn files_keep_their_bytes_and_get_a_name_of_their_own() {
        let (rules, mut store) = (Rules::of(crate::schema::ReleaseLine::NEWEST).unwrap(), Store::default());
        let body = b"--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nplan\r\n--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a b.png\"\r\nContent-Type: image/png\r\n\r\n\x89P\r\n--\r\n--B--\r\n";
        let first = form(&rules, &mut store, "multipart/form-data; boundary=B", body, "extras/image-attachments").unwrap();
        let second = form(&rules, &mut store, "multipart/form-data; boundary=\"B\"", body, "extras/image-attachments").unwrap();
        assert_eq!((first["n"].as_str(), path(&first["image"])), (Some("plan"), Some("image-attachments/__a_b.png")));
        assert_eq!(path(&second["image"]), Some("image-attachments/__a_b_1.png"));
        assert_eq!(store.file("image-attachments/__a_b.png").unwrap(), b"\x89P\r\n--");
        assert_eq!(form(&rules, &mut store, "multipart/form-data; boundary=B", b"--B\r\nnonsense", ""), Some(json!({})));
        assert_eq!(form(&rules, &mut store, "multipart/form-data", body, ""), None);
    }
}
