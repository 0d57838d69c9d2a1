//! Where the file of a cache is: in a folder of its own, so that it can be set aside in one step together with what SQLite keeps beside it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "cache.sqlite3";

/// How often a folder is moved where others do the same.
const MAX_TRIES: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Folder(PathBuf);

/// What tells a file from another at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Folder {
    /// A folder for this host below a path: homes may be shared, and SQLite's locks do not reach other hosts.
    pub(super) fn below(path: &Path) -> Folder {
        let host = hostname::get().unwrap_or_default();
        let host: String =
            host.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' }).collect();
        Folder(path.join(format!("http-{}", if host.is_empty() { "localhost" } else { &host })))
    }

    /// `$XDG_CACHE_HOME/netbox-sdk`, else `~/.cache/netbox-sdk`. `None` where there is no home.
    pub(super) fn of_user() -> Option<Folder> {
        let root = match std::env::var_os("XDG_CACHE_HOME").filter(|value| Path::new(value).is_absolute()) {
            Some(root) => PathBuf::from(root),
            None => std::env::home_dir().filter(|home| home.is_absolute())?.join(".cache"),
        };
        Some(Folder::below(&root.join("netbox-sdk")))
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.join(FILE)
    }

    /// `None` where there is no file, or where it cannot be seen.
    pub(super) fn identity(&self) -> Option<Identity> {
        identity(&fs::metadata(self.file()).ok()?)
    }

    /// Makes folder and file where they are not there, for nobody else to read.
    pub(super) fn prepare(&self) -> io::Result<()> {
        create_folder(&self.0)?;
        let file = self.file();
        // What SQLite keeps beside a file must not meet another one.
        let is_left_over = !file.exists() && ["-wal", "-shm"].iter().any(|end| self.0.join(format!("{FILE}{end}")).exists());
        if is_left_over {
            self.set_aside(None)?;
            create_folder(&self.0)?;
        }
        create_file(&file)
    }

    /// Moves the folder out of the way with all that is in it, unless another file is there than the one that was seen. The folder that was moved before is gone then.
    pub(super) fn set_aside(&self, seen: Option<Identity>) -> io::Result<()> {
        let mut name = self.0.file_name().unwrap_or_default().to_owned();
        name.push(".set-aside");
        let aside = self.0.with_file_name(name);
        let mut tries = 0;
        while self.identity() == seen {
            // Where it stays, the next step says why.
            let _ = fs::remove_dir_all(&aside);
            match fs::rename(&self.0, &aside) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                // Another process may have been faster.
                Err(error) if tries == MAX_TRIES || error.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(error),
                Err(_) => tries += 1,
                Ok(()) => break,
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some(Identity(metadata.dev(), metadata.ino()))
}

/// A file that is open cannot be moved there.
#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Option<Identity> {
    Some(Identity(0, 0))
}

#[cfg(unix)]
fn create_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if fs::metadata(path)?.permissions().mode() & 0o777 != 0o700 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

#[cfg(unix)]
fn create_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        outcome => return outcome.map(drop),
    }
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn create_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome.map(drop),
    }
}
