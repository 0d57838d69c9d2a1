//! Where the file of a cache is: in a folder of its own, so that it can be set aside in one step together with what SQLite keeps beside it.
//!
//! A link leads to that folder, whose name no other one gets. SQLite opens the memory that users of a file share by its path, some time after the file: had another file come to that path meanwhile, it
//! would take away the memory of those who use it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "cache.sqlite3";

/// How often a new file is begun where others do the same.
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
    /// `None` where there is no file, or where it cannot be seen.
    pub(super) fn of(file: &Path) -> Option<Identity> {
        let shared_memory = fs::metadata(file.with_file_name(format!("{FILE}-shm")));
        Some(Identity { file: number(&fs::metadata(file).ok()?), shared_memory: shared_memory.ok().map(|metadata| number(&metadata)) })
    }

    /// Whether both are of the same file: where it was opened since, the rest differs.
    fn is_same_file(self, other: Identity) -> bool {
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

    /// By the link to the folder that is in use.
    pub(super) fn file(&self) -> PathBuf {
        self.present().join(FILE)
    }

    fn present(&self) -> PathBuf {
        self.0.join("present")
    }

    fn aside(&self) -> PathBuf {
        self.0.join("set-aside")
    }

    /// Of the file that is in use.
    pub(super) fn identity(&self) -> Option<Identity> {
        Identity::of(&self.file())
    }

    /// Makes folder and file where they are not there, for nobody else to read. Gives a path of the file that no other one will have.
    pub(super) fn prepare(&self) -> io::Result<PathBuf> {
        create_folder(&self.0)?;
        for _ in 0..MAX_TRIES {
            let seen = self.identity();
            if let Some(file) = self.target(&self.present()).map(|folder| folder.join(FILE)).filter(|file| file.exists()) {
                restrict(&file, 0o600)?;
                return Ok(file);
            }
            // What SQLite keeps beside a file must not meet another one.
            self.set_aside(seen)?;
            let name = format!("{:016x}", super::store::random_number());
            let folder = self.0.join(&name);
            create_folder(&folder)?;
            create_file(&folder.join(FILE))?;
            match link(&name, &self.present()) {
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::remove_dir_all(&folder)?,
                outcome => outcome?,
            }
        }
        Err(io::Error::other("others begin new files all the time"))
    }

    /// The folder that a link leads to.
    fn target(&self, link: &Path) -> Option<PathBuf> {
        Some(self.0.join(read_link(link).ok()?.file_name()?))
    }

    /// Moves what is there out of the way, unless another file is there than the one that was seen. What was moved before is gone then.
    pub(super) fn set_aside(&self, seen: Option<Identity>) -> io::Result<()> {
        if !is_same(self.identity(), seen) {
            return Ok(());
        }
        // Where it stays, the next step says why.
        let _ = self.remove_aside();
        match fs::rename(self.present(), self.aside()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What is there under a name.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(name))
    }

    /// Puts something there under a name, whole or not at all.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        create_folder(&self.0)?;
        let new = self.0.join(format!("{:016x}", super::store::random_number()));
        create_file(&new)?;
        fs::write(&new, bytes).and_then(|()| fs::rename(&new, self.0.join(name))).inspect_err(|_| drop(fs::remove_file(&new)))
    }

    /// Removes all but what is in use.
    pub(super) fn remove_rest(&self) -> io::Result<()> {
        let used = [Some(self.present()), self.target(&self.present())];
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            if !used.contains(&Some(path.clone())) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Removes what was moved out of the way.
    fn remove_aside(&self) -> io::Result<()> {
        self.target(&self.aside()).into_iter().chain([self.aside()]).try_for_each(|path| remove(&path))
    }
}

/// Removes what is there, if anything.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path).or_else(|_| fs::remove_file(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
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
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if let (Ok(own), owner) = (fs::metadata("/proc/self"), fs::metadata(path)?.uid()) {
        // Whoever owns a folder can put another file there.
        if own.uid() != owner {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "its folder belongs to another user"));
        }
    }
    restrict(path, 0o700)
}

#[cfg(not(unix))]
fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

#[cfg(unix)]
fn create_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
fn create_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path).map(drop)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o777 != mode {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// Fails where there is one.
#[cfg(unix)]
fn link(target: &str, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// Links take privileges there; but a folder with open files cannot be moved, and so no other file comes to their paths.
#[cfg(not(unix))]
fn link(target: &str, link: &Path) -> io::Result<()> {
    fs::rename(link.with_file_name(target), link)
}

#[cfg(unix)]
fn read_link(link: &Path) -> io::Result<PathBuf> {
    fs::read_link(link)
}

#[cfg(not(unix))]
fn read_link(link: &Path) -> io::Result<PathBuf> {
    fs::metadata(link).map(|_| link.to_owned())
}
