//! Forms with files, as the body of a write.

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::store::{Change, Row, Store};

const ATTACHMENTS: &str = "extras/image-attachments";

/// What a value begins with that came as a file. What follows is its path below `/media/`.
const MARK: &str = "\u{0}media/";

/// The members of a form. Files are kept in the store. What cannot be read is left out, as Django does it. `None` where no boundary is named.
pub(super) fn form(store: &mut Store, kind: &str, body: &[u8], resource: &str) -> Option<Value> {
    let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?.trim_matches('"');
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut members = Map::new();
    let mut files = Vec::new();
    let mut rest = find(body, &delimiter).map_or(&[][..], |start| &body[start + delimiter.len()..]);
    while let Some(end) = find(rest, &delimiter) {
        if let Some((name, file, content)) = part(&rest[..end]) {
            match file {
                Some(file) => files.push((name, file, content)),
                None => set(&mut members, &name, json!(String::from_utf8_lossy(content))),
            }
        }
        rest = &rest[end + delimiter.len()..];
    }
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

/// Sets a member: `a` to a value, `a.b` to an object, `a[0]` and `a[0]b` to a list. A value that comes again makes a list, and an object counts more than a value.
fn set(members: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some((list, rest)) = name.split_once('[') {
        let Some((place, member)) = rest.split_once(']') else { return };
        // What was said without a place counts less.
        if place == "0" && !members.get(list).is_some_and(|entries| entries[0].is_object()) {
            members.insert(list.to_owned(), json!([]));
        }
        let entries = members.entry(list).or_insert_with(|| json!([]));
        let (Some(entries), Ok(place)) = (entries.as_array_mut(), place.parse::<usize>()) else { return };
        match entries.get_mut(place).and_then(Value::as_object_mut) {
            Some(entry) if !member.is_empty() => drop(entry.insert(member.trim_start_matches('.').to_owned(), value)),
            _ if member.is_empty() => entries.push(value),
            _ => entries.push(json!({member.trim_start_matches('.'): value})),
        }
        return;
    }
    if let Some((object, member)) = name.split_once('.') {
        let entry = members.entry(object).or_insert(Value::Null);
        if !entry.is_object() {
            *entry = json!({});
        }
        entry[member] = value;
        return;
    }
    match members.get_mut(name) {
        Some(Value::Array(values)) => values.push(value),
        Some(own) if own.is_object() => {}
        Some(own) => *own = json!([own.take(), value]),
        None => drop(members.insert(name.to_owned(), value)),
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
    let free = (0..).map(path).find(|path| !store.files.contains_key(path)).unwrap_or_default();
    store.files.insert(free.clone(), content.to_vec());
    free
}

/// Drops the files of attachments that are gone.
pub(super) fn follow(store: &mut Store, changed: &[Change]) {
    for change in changed.iter().filter(|change| change.resource == ATTACHMENTS && change.new.is_none()) {
        let path = change.old.as_ref().and_then(|row| row.get("image")?.as_str());
        path.map(|path| store.files.remove(path));
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
    let Some(bytes) = row.get("image").and_then(Value::as_str).and_then(|path| store.files.get(path)) else { return };
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
    let mut response = Response::new(store.files.get(decoded.as_ref())?.clone());
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
    fn members_of_forms_are_values_objects_and_lists() {
        let mut members = Map::new();
        for (name, value) in [
            ("a", "1"),
            ("b", "1"),
            ("b", "2"),
            ("c", "7"),
            ("c.id", "7"),
            ("d.slug", "x"),
            ("e", "1"),
            ("e[0]", "1"),
            ("f[0]slug", "x"),
            ("f[1]slug", "y"),
        ] {
            set(&mut members, name, json!(value));
        }
        let wanted =
            json!({"a": "1", "b": ["1", "2"], "c": {"id": "7"}, "d": {"slug": "x"}, "e": ["1"], "f": [{"slug": "x"}, {"slug": "y"}]});
        assert_eq!(Value::Object(members), wanted);
    }

    #[test]
    fn files_keep_their_bytes_and_get_a_name_of_their_own() {
        let mut store = Store::default();
        let body = b"--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nplan\r\n--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a b.png\"\r\nContent-Type: image/png\r\n\r\n\x89P\r\n--\r\n--B--\r\n";
        let first = form(&mut store, "multipart/form-data; boundary=B", body, "extras/image-attachments").unwrap();
        let second = form(&mut store, "multipart/form-data; boundary=\"B\"", body, "extras/image-attachments").unwrap();
        assert_eq!((first["n"].as_str(), path(&first["image"])), (Some("plan"), Some("image-attachments/__a_b.png")));
        assert_eq!(path(&second["image"]), Some("image-attachments/__a_b_1.png"));
        assert_eq!(store.files["image-attachments/__a_b.png"], b"\x89P\r\n--");
        assert_eq!(form(&mut store, "multipart/form-data; boundary=B", b"--B\r\nnonsense", ""), Some(json!({})));
        assert_eq!(form(&mut store, "multipart/form-data", body, ""), None);
    }
}
