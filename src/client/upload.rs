//! Files and values for uploads: streamed, with a length that is known before the first byte.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::redact::{Secrets, is_secret_name};
use crate::transport::{Exact, FormPart};

/// How much of a reader of unknown length is held in memory: NetBox reads no bodies without a length.
const MAX_BUFFERED: u64 = 8 << 20;

/// Files up to this size are taken out of what a server says: a larger one is not echoed whole.
const MAX_HIDDEN: usize = 64 << 10;

/// A multipart form: parts in order.
///
/// ```no_run
/// # let client = netbox_sdk::Client::from_env()?;
/// use netbox_sdk::{Form, Part};
///
/// let form = Form::new()
///     .text("object_type", "dcim.site")
///     .text("object_id", "1")
///     .part("image", Part::file("floor plan.png"));
/// client.post("extras/image-attachments").multipart(form).send()?.error_for_status()?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct Form {
    parts: Vec<(String, Part)>,
}

impl Form {
    /// A form without parts.
    pub fn new() -> Form {
        Form::default()
    }

    /// Adds a text.
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Form {
        self.part(name, Part::text(value))
    }

    /// Adds a part.
    pub fn part(mut self, name: impl Into<String>, part: Part) -> Form {
        self.parts.push((name.into(), part.measured()));
        self
    }

    /// The names of the parts, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(name, _)| name.as_str())
    }

    /// Finds what is wrong before anything is sent: files that are not there, content types that are none.
    pub(super) fn check(&self) -> Result<()> {
        if self.parts.is_empty() {
            return Err(Error::invalid_request("the form has no parts"));
        }
        for (name, part) in &self.parts {
            if let Some(content_type) = &part.content_type {
                content_type
                    .parse::<mime_guess::Mime>()
                    .map_err(|_| Error::invalid_request(format!("the content type of the part {name:?} is not valid: {content_type:?}")))?;
            }
            if let Content::Failed(error) = &part.content {
                return Err(Error::new(error.kind(), format!("the part {name:?} cannot be sent: {error}")));
            }
        }
        Ok(())
    }

    /// Whether it can be sent from its beginning: a reader can be read once.
    pub(super) fn is_untouched(&self) -> bool {
        self.parts.iter().all(|(_, part)| match &part.content {
            Content::Reader(reader) => reader.is_untouched(),
            _ => true,
        })
    }

    /// Adds the texts of parts that are named like secrets, and the content of small files: whoever uploads a file did not mean it for a log.
    pub(super) fn push_secrets(&self, secrets: &mut Secrets) {
        for (name, part) in &self.parts {
            let is_secret = part.file_name.is_some() || is_secret_name(name);
            let bytes = match &part.content {
                Content::Bytes(bytes) => Cow::Borrowed(bytes),
                Content::File(path) if is_small(path) => Cow::Owned(std::fs::read(path).unwrap_or_default()),
                _ => continue,
            };
            if let (true, true, Ok(text)) = (is_secret, bytes.len() <= MAX_HIDDEN, std::str::from_utf8(&bytes)) {
                secrets.push(text.trim());
            }
        }
    }

    /// Opens the files, anew for each attempt.
    pub(super) fn open(&mut self) -> Result<Vec<FormPart<'_>>> {
        self.parts
            .iter_mut()
            .map(|(name, part)| {
                let (content, length) = part
                    .content
                    .open()
                    .map_err(|error| Error::new(ErrorKind::Io, format!("the part {name:?} cannot be read: {error}")).with_source(error))?;
                Ok(FormPart {
                    name: escaped(name),
                    file_name: part.file_name.as_deref().map(escaped),
                    content_type: part.content_type.clone(),
                    content,
                    length,
                })
            })
            .collect()
    }
}

/// One part of a [`Form`]: a text, or content with a file name and a content type.
#[must_use]
pub struct Part {
    file_name: Option<String>,
    content_type: Option<String>,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
    Reader(Exact<Box<dyn Read + Send>>),
    /// Given without a length, which may still come.
    Unmeasured(Box<dyn Read + Send>),
    Failed(Error),
}

impl Part {
    /// A text, without a file name.
    pub fn text(value: impl Into<String>) -> Part {
        Part { file_name: None, content_type: None, content: Content::Bytes(value.into().into_bytes()) }
    }

    /// Bytes, sent as a file of this name.
    pub fn bytes(file_name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Part {
        Part::named(file_name.into(), Content::Bytes(bytes.into()))
    }

    /// A file. It is opened when it is sent, and again for each retry.
    pub fn file(path: impl AsRef<Path>) -> Part {
        let path = path.as_ref();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A pipe would wait for its other end when it is opened.
        let content = match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Content::File(path.to_owned()),
            Ok(_) => Content::Failed(Error::new(ErrorKind::Io, format!("{} is not a file", path.display()))),
            Err(error) => Content::Failed(Error::new(ErrorKind::Io, format!("cannot read {}: {error}", path.display())).with_source(error)),
        };
        Part::named(name, content)
    }

    /// What a reader gives, sent as a file of this name. Give its [`length`](Part::length) where you know it; without, up to 8 MiB are read
    /// into memory first, and more is an error. It can be read once, so such a request is not repeated after it was begun.
    pub fn reader(file_name: impl Into<String>, reader: impl Read + Send + 'static) -> Part {
        Part::named(file_name.into(), Content::Unmeasured(Box::new(reader)))
    }

    fn named(file_name: String, content: Content) -> Part {
        let content_type = mime_guess::from_path(&file_name).first_or_octet_stream().to_string();
        Part { file_name: Some(file_name), content_type: Some(content_type), content }
    }

    /// Sets the file name. The content type stays as it is.
    pub fn file_name(mut self, name: impl Into<String>) -> Part {
        self.file_name = Some(name.into());
        self
    }

    /// Sets the content type. Default: guessed from the file name, else `application/octet-stream`; none for texts.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Part {
        self.content_type = Some(content_type.into());
        self
    }

    /// Says how many bytes the reader gives. One that gives fewer is an error while sending, what it gives beyond is not sent.
    /// Of other parts the length is known.
    pub fn length(mut self, bytes: u64) -> Part {
        if let Content::Unmeasured(reader) = self.content {
            self.content = Content::Reader(Exact::new(reader, bytes));
        }
        self
    }

    /// Reads what has no length into memory.
    fn measured(mut self) -> Part {
        if let Content::Unmeasured(reader) = self.content {
            let mut bytes = Vec::new();
            self.content = match reader.take(MAX_BUFFERED + 1).read_to_end(&mut bytes) {
                Err(error) => Content::Failed(Error::new(ErrorKind::Io, format!("its reader failed: {error}")).with_source(error)),
                Ok(_) if bytes.len() as u64 > MAX_BUFFERED => Content::Failed(Error::invalid_request(
                    "its reader gives more than 8 MiB and has no length: say it with .length(bytes)",
                )),
                Ok(_) => Content::Bytes(bytes),
            };
        }
        self
    }
}

impl Content {
    fn open(&mut self) -> std::io::Result<(Box<dyn Read + '_>, u64)> {
        match self {
            Content::Bytes(bytes) => Ok((Box::new(bytes.as_slice()), bytes.len() as u64)),
            Content::File(path) => {
                if !std::fs::metadata(&*path)?.is_file() {
                    return Err(std::io::Error::other("it is not a file any more"));
                }
                let file = File::open(path)?;
                let length = file.metadata()?.len();
                Ok((Box::new(Exact::new(file, length)), length))
            }
            Content::Reader(reader) => {
                let length = reader.length();
                Ok((Box::new(reader), length))
            }
            Content::Unmeasured(_) | Content::Failed(_) => Err(std::io::Error::other("it was not checked")),
        }
    }
}

fn is_small(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.len() <= MAX_HIDDEN as u64)
}

/// A name inside quotes, as the HTML standard writes it.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = match &self.content {
            Content::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Content::File(path) => path.display().to_string(),
            Content::Reader(reader) => format!("a reader of {} bytes", reader.length()),
            Content::Unmeasured(_) => "a reader".to_owned(),
            Content::Failed(error) => error.to_string(),
        };
        f.debug_struct("Part")
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("content", &content)
            .finish()
    }
}

/// Values and files for one object: sent as JSON where there is no file, else as a multipart form with the values as NetBox reads them there.
///
/// ```no_run
/// # let client = netbox_sdk::Client::from_env()?;
/// use netbox_sdk::{Part, Payload};
///
/// let device_type = Payload::new()
///     .value("manufacturer", 3)
///     .value("model", "X-48")
///     .value("slug", "x-48")
///     .value("tags", [1, 2])
///     .file("front_image", Part::file("x-48.png"));
/// client.post("dcim/device-types").payload(device_type).send()?.error_for_status()?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
///
/// In a form, relations are given by id or by attributes (`{"slug": "x"}`), lists by position. What a form cannot say is an error before anything is sent: custom
/// fields (NetBox ignores them there), and outside POST `null` and the empty list. In a form of POST and PUT NetBox takes a boolean that is not there
/// for false, whatever its default is: name the booleans that matter.
#[derive(Default)]
#[must_use]
pub struct Payload {
    values: Map<String, Value>,
    files: Vec<(String, Part)>,
}

impl Payload {
    /// Nothing yet.
    pub fn new() -> Payload {
        Payload::default()
    }

    /// Adds a value: anything that becomes JSON (`serde_json::json!` makes objects).
    pub fn value(mut self, name: impl Into<String>, value: impl Into<Value>) -> Payload {
        self.values.insert(name.into(), value.into());
        self
    }

    /// Adds the members of a JSON object.
    pub fn values(mut self, values: Map<String, Value>) -> Payload {
        self.values.extend(values);
        self
    }

    /// Adds a file.
    pub fn file(mut self, name: impl Into<String>, part: Part) -> Payload {
        self.files.push((name.into(), part));
        self
    }

    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    pub(super) fn into_values(self) -> Map<String, Value> {
        self.values
    }

    /// The values as Django REST framework reads them from a form, where only the server knows which of them are relations: a number stands
    /// there as itself and as `.id`, and a list repeated and by position. It reads the one that fits and ignores the other.
    pub(super) fn into_form(self, is_create: bool) -> Result<Form> {
        let mut form = Form::new();
        for (name, value) in self.values {
            let says_nothing = is_nothing(&value);
            if name == "custom_fields" && !says_nothing {
                return Err(Error::invalid_request("custom fields cannot be sent together with a file: NetBox ignores them in a form")
                    .with_hint("Send the file and the custom fields in two requests"));
            }
            if !(says_nothing && is_create) {
                form = with_value(form, &name, ".", value)?;
            }
        }
        Ok(self.files.into_iter().fold(form, |form, (name, part)| form.part(name, part)))
    }
}

/// Values can be secrets, so their names are shown alone.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("values", &self.values.keys().collect::<Vec<_>>()).field("files", &self.files).finish()
    }
}

/// What a form has no way to say.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// `separator` stands before the name of a member: a dot, but nothing behind a position.
fn with_value(form: Form, name: &str, separator: &str, value: Value) -> Result<Form> {
    if is_nothing(&value) {
        return Err(Error::invalid_request(format!("{name}: null and what is empty cannot be sent together with a file"))
            .with_hint("Send the file and this change in two requests"));
    }
    Ok(match value {
        Value::String(text) => form.text(name, text),
        Value::Number(number) if number.is_u64() => {
            form.text(name, number.to_string()).text(format!("{name}{separator}id"), number.to_string())
        }
        Value::Array(list) => list.into_iter().enumerate().try_fold(form, |form, (at, entry)| {
            let position = format!("{name}[{at}]");
            match entry {
                Value::Object(_) | Value::Array(_) | Value::Null => with_value(form, &position, "", entry),
                Value::String(text) => Ok(form.text(name, text.clone()).text(position, text)),
                scalar => Ok(form.text(name, scalar.to_string()).text(position, scalar.to_string())),
            }
        })?,
        Value::Object(members) => members
            .into_iter()
            .try_fold(form, |form, (member, value)| with_value(form, &format!("{name}{separator}{member}"), ".", value))?,
        scalar => form.text(name, scalar.to_string()),
    })
}
