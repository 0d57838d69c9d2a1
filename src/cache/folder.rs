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
pub(super) struct Identity {
    file: (u64, u64),
    /// Whoever has the file open shares this one, too. SQLite makes it with the first connection.
    shared_memory: Option<(u64, u64)>,
}

impl Identity {
    /// Whether both are of the same file: where it was opened since, the rest differs.
    pub(super) fn is_same_file(self, other: Identity) -> bool {
        self.file == other.file
    }
}

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
        let shared_memory = fs::metadata(self.0.join(format!("{FILE}-shm")));
        Some(Identity {
            file: number(&fs::metadata(self.file()).ok()?),
            shared_memory: shared_memory.ok().map(|metadata| number(&metadata)),
        })
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

    /// Removes what was moved out of the way.
    pub(super) fn remove_aside(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.aside()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn aside(&self) -> PathBuf {
        let mut name = self.0.file_name().unwrap_or_default().to_owned();
        name.push(".set-aside");
        self.0.with_file_name(name)
    }

    /// Moves the folder out of the way with all that is in it, unless another file is there than the one that was seen. The folder that was moved before is gone then.
    pub(super) fn set_aside(&self, seen: Option<Identity>) -> io::Result<()> {
        let aside = self.aside();
        let mut tries = 0;
        while is_same(self.identity(), seen) {
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

fn is_same(present: Option<Identity>, seen: Option<Identity>) -> bool {
    match (present, seen) {
        (Some(present), Some(seen)) => present.is_same_file(seen),
        (present, seen) => present.is_none() && seen.is_none(),
    }
}

#[cfg(unix)]
fn number(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// A file that is open cannot be moved there.
#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(unix)]
fn create_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if let (Ok(own), owner) = (fs::metadata("/proc/self"), fs::metadata(path)?.uid()) {
        // Whoever owns a folder can put another file there.
        if own.uid() != owner {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "its folder belongs to another user"));
        }
    }
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
