//! Where downloads are kept: each under its own name, made once, whole or not at all.
//!
//! A download is made in `NAME.partial` under a file lock and renamed when it is complete, so a name
//! that exists can be trusted, and any number of processes may ask for the same name at once. The lock
//! is the operating system's: it ends with the process that holds it, however that process ends.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The environment variable that names the cache directory.
pub const VARIABLE: &str = "TILLSTREAM_CACHE";

/// A directory of finished downloads.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
}

/// The cache directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {path} (set {VARIABLE} to a directory that can be written)", path = path.display())]
pub struct Error {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Cache {
    /// Uses the directory that `TILLSTREAM_CACHE` names, else `.cache` of the checkout this program was
    /// built in, else `tillstream` in the user's cache directory.
    #[must_use]
    pub fn from_environment() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests, which have no command line, share the cache of programs"
        )]
        let named = env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { directory: named.or_else(checkout).unwrap_or_else(of_the_user) }
    }

    /// Uses the given directory.
    #[must_use]
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Returns the directory of the cache. It need not exist yet.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the directory `name`, calling `make` with an empty directory to fill when it is not there.
    /// Another process that makes the same name is waited for.
    ///
    /// # Errors
    /// What `make` answered (nothing is kept then), or [`Error`] when the cache cannot be written.
    pub fn provide<E: From<Error>>(
        &self,
        name: &str,
        make: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let target = self.directory.join(name);
        if target.is_dir() {
            return Ok(target);
        }
        fs::create_dir_all(&self.directory).map_err(wrap("create", &self.directory))?;
        let lock_path = self.directory.join(format!("{name}.lock"));
        let lock = File::create(&lock_path).map_err(wrap("create", &lock_path))?;
        lock.lock().map_err(wrap("lock", &lock_path))?;
        if target.is_dir() {
            return Ok(target);
        }
        // Whatever lies here was left by a process that died: the lock is ours.
        let partial = self.directory.join(format!("{name}.partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(wrap("remove", &partial))?;
        }
        fs::create_dir(&partial).map_err(wrap("create", &partial))?;
        make(&partial)?;
        fs::rename(&partial, &target).map_err(wrap("rename", &partial))?;
        Ok(target)
    }
}

fn checkout() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.parent()?;
    root.join("Cargo.lock").is_file().then(|| root.join(".cache"))
}

fn of_the_user() -> PathBuf {
    env::home_dir().map_or_else(env::temp_dir, |home| home.join(".cache")).join("tillstream")
}

fn wrap(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error { action, path, source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    fn write(directory: &Path, name: &str) {
        fs::write(directory.join(name), name).unwrap();
    }

    #[test]
    fn a_name_is_made_once_however_many_ask() {
        let directory = tempfile::tempdir().unwrap();
        let made = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let found = Cache::at(directory.path()).provide("jars", |partial| {
                        made.fetch_add(1, Ordering::SeqCst);
                        write(partial, "a.jar");
                        Ok::<(), Error>(())
                    });
                    assert!(found.unwrap().join("a.jar").is_file());
                });
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_download_that_failed_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path());
        let failed = cache.provide("jars", |partial| {
            write(partial, "half.jar");
            Err(wrap("read", partial)(io::Error::other("line dropped")))
        });
        assert!(failed.is_err());
        let found = cache.provide("jars", |partial| {
            write(partial, "whole.jar");
            Ok::<(), Error>(())
        });
        let found = found.unwrap();
        assert!(found.join("whole.jar").is_file() && !found.join("half.jar").exists());
    }

    #[test]
    fn a_directory_that_cannot_be_written_says_which_variable_to_set() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Cache::at(file.path()).provide("jars", |_| Ok::<(), Error>(()));
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(VARIABLE) && message.contains("cannot create"), "{message}");
    }
}
