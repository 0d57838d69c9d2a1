//! Multipart forms with a length that is known before the first byte.

use std::io::{self, Read};

use http::HeaderValue;
use ureq::Error;
use ureq::unversioned::multipart::{Form, Part};

use super::upload_failure;

/// A part whose reader gives `length` bytes.
pub(crate) struct FormPart<'a> {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) content: Box<dyn Read + 'a>,
    pub(crate) length: u64,
}

/// The headers of a form, and its body.
pub(super) struct Assembled<'a> {
    pub(super) content_type: HeaderValue,
    pub(super) length: u64,
    pub(super) body: Form<'a>,
}

pub(super) fn assemble<'a>(parts: &'a mut [FormPart<'_>]) -> Result<Assembled<'a>, Error> {
    // ureq knows no length of a reader. What stands between the parts is the same whatever their content is.
    let mut frame = Form::new();
    for part in parts.iter() {
        frame = frame.part(&part.name, described(Part::bytes(b""), &part.file_name, &part.content_type)?);
    }
    let frame_length = io::copy(&mut frame, &mut io::sink())?;
    let length = parts.iter().try_fold(frame_length, |sum, part| sum.checked_add(part.length));
    let length = length.ok_or_else(|| Error::from(upload_failure("the parts are longer than any request can be".to_owned())))?;
    let mut body = Form::new();
    for part in parts {
        let FormPart { name, file_name, content_type, content, .. } = part;
        body = body.part(name, described(Part::reader(content.as_mut()), file_name, content_type)?);
    }
    let content_type =
        HeaderValue::try_from(format!("multipart/form-data; boundary={}", body.boundary())).map_err(|error| Error::Http(error.into()))?;
    Ok(Assembled { content_type, length, body })
}

fn described<'a>(part: Part<'a>, file_name: &Option<String>, content_type: &Option<String>) -> Result<Part<'a>, Error> {
    let part = match file_name {
        Some(file_name) => part.file_name(file_name),
        None => part,
    };
    match content_type {
        Some(content_type) => part.mime_str(content_type),
        None => Ok(part),
    }
}

/// A reader that gives just as many bytes as were announced: a request that ends early would leave the server waiting.
pub(crate) struct Exact<R> {
    reader: R,
    length: u64,
    left: u64,
}

impl<R: Read> Exact<R> {
    pub(crate) fn new(reader: R, length: u64) -> Exact<R> {
        Exact { reader, length, left: length }
    }

    /// How many bytes it gives in all.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Whether nothing was read yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.left == self.length
    }
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let count = loop {
            match self.reader.read(&mut buffer[..most]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|error| upload_failure(error.to_string()))?,
            }
        };
        if count == 0 {
            let read = self.length - self.left;
            return Err(upload_failure(format!("the reader ended after {read} of {} bytes", self.length)));
        }
        self.left -= count as u64;
        Ok(count)
    }
}
