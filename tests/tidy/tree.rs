//! The files of the checkout, read once for a test, without what git ignores.

use std::fs;
use std::path::Path;

/// Folders that hold what was built or downloaded.
const SKIPPED: [&str; 3] = [".git", ".cache", "target"];

/// Every file of the checkout by its path from the root, with `/` between folders; sorted.
#[derive(Debug)]
pub(crate) struct Tree {
    files: Vec<(String, String)>,
    folders: Vec<String>,
}

impl Tree {
    /// Reads the checkout this test runs in: a test starts in the folder of its package, here the root.
    pub(crate) fn read() -> Self {
        let mut tree = Self { files: Vec::new(), folders: Vec::new() };
        tree.walk(Path::new("."), "");
        tree.files.sort();
        tree
    }

    /// Makes a tree of the given files, for a case.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { files, folders: Vec::new() }
    }

    /// The files whose path ends so, with their text.
    pub(crate) fn ending(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(ending))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every path of a file.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(known, _)| known == path).map(|(_, text)| text.as_str())
    }

    /// True when a file or folder of that path exists.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        path.is_empty() || self.paths().any(|known| known == path || known.starts_with(&folder))
    }

    /// Names of the files and folders at the root.
    pub(crate) fn top_level(&self) -> Vec<&str> {
        let files = self.paths().filter(|path| !path.contains('/'));
        let folders = self.folders.iter().map(String::as_str).filter(|path| !path.contains('/'));
        files.chain(folders).collect()
    }

    fn walk(&mut self, folder: &Path, prefix: &str) {
        let entries = fs::read_dir(folder).expect("a folder of the checkout can be listed");
        for entry in entries {
            let path = entry.expect("an entry of a folder can be read").path();
            let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            let known = format!("{prefix}{name}");
            if path.is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    self.walk(&path, &format!("{known}/"));
                    self.folders.push(known);
                }
            } else {
                let bytes = fs::read(&path).unwrap_or_default();
                self.files.push((known, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
}
