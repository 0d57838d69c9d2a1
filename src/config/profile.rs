//! Named profiles in the configuration file that Python `netbox-sdk` uses, too.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::{ConfigBuilder, env};
use crate::auth::Token;
use crate::base_url::BaseUrl;
use crate::error::{Error, Result};
use crate::redact::shown_url;

const FOLDER: &str = "netbox-sdk";
const LEGACY_FOLDER: &str = "netbox-cli";
const FILE: &str = "config.json";
const DEFAULT: &str = "default";

/// How many links are followed to the file.
const MAX_LINKS: usize = 40;

/// What of a flat file belongs to the default profile.
const PROFILE_KEYS: [&str; 9] =
    ["base_url", "token_version", "token_key", "token_secret", "timeout", "ssl_verify", "otel_enabled", "demo_username", "demo_password"];

/// The configuration file: named profiles, shared with Python `netbox-sdk` 0.0.13.
///
/// It is `config.json` in `$XDG_CONFIG_HOME/netbox-sdk`, else in `~/.config/netbox-sdk`; where that is missing, `netbox-cli/config.json`
/// beside it is read. Files with one flat configuration are read as the profile `default`. Members that this crate does not know are kept.
/// Two programs that save at the same moment do not mix their files; the later one wins. Tokens stand in the file in clear.
///
/// ```no_run
/// use netbox_sdk::{Client, Config, Profile, Profiles, Token};
///
/// let mut profiles = Profiles::load()?;
/// profiles.set("lab", Profile::new("https://netbox.example.com")?.with_token(&Token::new("nbt_key.secret")?));
/// profiles.save()?;
/// let client = Client::new(Config::from_profile("lab")?)?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Clone)]
pub struct Profiles {
    path: PathBuf,
    document: Map<String, Value>,
}

/// One named NetBox: its address, its token, and settings.
#[derive(Clone, Default)]
pub struct Profile(Map<String, Value>);

impl Profiles {
    /// Reads the file at its usual place. A missing file is one without profiles.
    ///
    /// # Errors
    /// The file cannot be read or is not a configuration; there is no home folder.
    pub fn load() -> Result<Profiles> {
        let root = config_home().ok_or_else(|| {
            Error::config("there is no home folder to look for the configuration file in")
                .with_hint("Set XDG_CONFIG_HOME, or set NETBOX_URL and NETBOX_TOKEN")
        })?;
        let path = root.join(FOLDER).join(FILE);
        let legacy = root.join(LEGACY_FOLDER).join(FILE);
        let source = if !path.exists() && legacy.exists() { &legacy } else { &path };
        let document = read(source)?;
        Ok(Profiles { path, document })
    }

    /// Reads a file at a place of your own.
    ///
    /// # Errors
    /// The file cannot be read or is not a configuration. A missing file is one without profiles.
    pub fn at(path: impl Into<PathBuf>) -> Result<Profiles> {
        let path = path.into();
        let document = read(&path)?;
        Ok(Profiles { path, document })
    }

    /// Where [`save`](Profiles::save) writes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all profiles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles().into_iter().flatten().filter(|(_, profile)| profile.is_object()).map(|(name, _)| name.as_str())
    }

    /// One profile.
    pub fn get(&self, name: &str) -> Option<Profile> {
        self.profiles()?.get(name)?.as_object().cloned().map(Profile)
    }

    /// Adds or changes a profile. Members of an existing one that the new one does not mention are kept, but for its token and certificate
    /// setting where the base URL is another: they belong to the former server.
    pub fn set(&mut self, name: &str, profile: Profile) {
        let profiles = self.document.entry("profiles").or_insert_with(|| Map::new().into());
        if let Some(existing) = profiles.get_mut(name).and_then(Value::as_object_mut) {
            if existing.get("base_url") != profile.0.get("base_url") {
                existing.retain(|key, _| !key.starts_with("token_") && key != "ssl_verify");
            }
            existing.extend(profile.0);
        } else if let Some(profiles) = profiles.as_object_mut() {
            profiles.insert(name.to_owned(), profile.0.into());
        }
    }

    /// Removes a profile and says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let profiles = self.document.get_mut("profiles").and_then(Value::as_object_mut);
        profiles.is_some_and(|profiles| profiles.remove(name).is_some())
    }

    /// Writes the file through a temporary file beside it: a reader sees the old one or the new one. The file is for its owner only
    /// (mode 0600, its folder 0700).
    ///
    /// # Errors
    /// The file cannot be written; then the old one is still there.
    pub fn save(&self) -> Result<()> {
        let target = link_target(&self.path);
        write_privately(&target, &self.document)
            .and_then(|()| make_private(&self.path))
            .map_err(|error| Error::config(format!("cannot write {}: {error}", self.path.display())).with_source(error))
    }

    fn profiles(&self) -> Option<&Map<String, Value>> {
        self.document.get("profiles")?.as_object()
    }
}

impl Profile {
    /// A profile for a NetBox, without a token.
    ///
    /// # Errors
    /// A base URL that is not valid.
    pub fn new(base_url: &str) -> Result<Profile> {
        let base_url = BaseUrl::parse(base_url)?.to_string();
        Ok(Profile(Map::from_iter([("base_url".to_owned(), base_url.into())])))
    }

    /// Sets the token.
    #[must_use]
    pub fn with_token(mut self, token: &Token) -> Profile {
        let (key, secret) = token.key_and_secret();
        self.0.insert("token_version".to_owned(), if key.is_some() { "v2" } else { "v1" }.into());
        self.0.insert("token_key".to_owned(), key.into());
        self.0.insert("token_secret".to_owned(), secret.into());
        self
    }

    /// Sets whether the server's certificate is checked. `None` means yes.
    #[must_use]
    pub fn with_ssl_verify(mut self, verify: Option<bool>) -> Profile {
        self.0.insert("ssl_verify".to_owned(), verify.into());
        self
    }

    /// Sets the time limit of an attempt in seconds. 30, which Python netbox-sdk writes into every profile, counts as not set.
    #[must_use]
    pub fn with_timeout(mut self, seconds: f64) -> Profile {
        self.0.insert("timeout".to_owned(), seconds.into());
        self
    }

    /// The base URL as it is written.
    pub fn base_url(&self) -> Option<&str> {
        self.text("base_url")
    }

    /// The token.
    ///
    /// # Errors
    /// A secret without a key in a profile that is not of version v1; characters that no token has.
    pub fn token(&self) -> Result<Option<Token>> {
        let is_v1 = self.text("token_version").is_some_and(|version| version.eq_ignore_ascii_case("v1"));
        match (self.text("token_key"), self.text("token_secret")) {
            (_, None) => Ok(None),
            (_, Some(secret)) if is_v1 || secret.starts_with("nbt_") => Token::new(secret).map(Some),
            (Some(key), Some(secret)) => Token::v2(key, secret).map(Some),
            (None, Some(_)) => Err(Error::config("the profile has a token_secret without a token_key")
                .with_hint("If it is a v1 token, its token_version must be v1")),
        }
    }

    /// Whether the server's certificate is to be checked, where that is said.
    pub fn ssl_verify(&self) -> Option<bool> {
        match self.0.get("ssl_verify")? {
            Value::Bool(verify) => Some(*verify),
            Value::Number(number) => number.as_i64().filter(|number| (0..=1).contains(number)).map(|number| number == 1),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Some(true),
                "0" | "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The time limit in seconds, where one is set.
    pub fn timeout(&self) -> Option<f64> {
        let value = self.0.get("timeout")?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    /// The parts of the token as they are written.
    pub(super) fn key_and_secret(&self) -> (Option<&str>, Option<&str>) {
        (self.text("token_key"), self.text("token_secret"))
    }

    /// A configuration for this profile's server, for further settings. The environment is not read, but for proxies and roots.
    ///
    /// # Errors
    /// A profile without a base URL, and values that are not valid.
    pub fn builder(self) -> Result<ConfigBuilder> {
        env::builder_of_profile(self)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("base_url", &self.base_url().map(shown_url)).finish_non_exhaustive()
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        f.debug_struct("Profiles").field("path", &self.path).field("names", &names).finish_non_exhaustive()
    }
}

/// The folder rule of Python netbox-sdk, on every system.
fn config_home() -> Option<PathBuf> {
    match std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()) {
        Some(root) => Some(root.into()),
        None => std::env::home_dir().map(|home| home.join(".config")),
    }
}

fn read(path: &Path) -> Result<Map<String, Value>> {
    let bad = |what: String| Error::config(format!("cannot use {}: {what}", path.display())).with_hint("Mend or remove the file");
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == IoKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(bad(error.to_string())),
    };
    // The message of the parser names line and column and holds nothing of the text.
    let document: Value = serde_json::from_slice(&text).map_err(|error| bad(format!("not JSON: {error}")))?;
    let Value::Object(mut document) = document else { return Err(bad("not a JSON object".to_owned())) };
    if document.get("profiles").is_some_and(|profiles| !profiles.is_object()) {
        return Err(bad("its profiles are not a JSON object".to_owned()));
    }
    if ["base_url", "token_key", "token_secret"].iter().any(|key| document.contains_key(*key)) {
        let flat = PROFILE_KEYS.iter().filter_map(|key| document.remove_entry(*key)).collect();
        // Python reads the flat members and no others, where both are there.
        let mut profiles = Profiles { path: PathBuf::new(), document };
        profiles.set(DEFAULT, Profile(flat));
        document = profiles.document;
    }
    Ok(document)
}

/// A link to the file is kept: what it points to is replaced, or made.
fn link_target(path: &Path) -> PathBuf {
    let links = std::iter::successors(Some(path.to_owned()), |link| {
        let target = fs::read_link(link).ok()?;
        Some(link.parent().map_or(target.clone(), |folder| folder.join(target)))
    });
    // More is a circle.
    links.take(MAX_LINKS).last().unwrap_or_else(|| path.to_owned())
}

fn write_privately(path: &Path, document: &Map<String, Value>) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    make_private(path)?;
    let temporary = temporary_beside(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&temporary).and_then(|mut file| {
        serde_json::to_writer_pretty(&mut file, document)?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

/// Closes the folder of a file to others, where it is ours.
fn make_private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| folder.file_name().is_some_and(|name| name == FOLDER)) {
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    }
    Ok(())
}

fn temporary_beside(path: &Path) -> PathBuf {
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{nanos}", std::process::id()));
    path.with_file_name(name)
}
