//! Writes the table of everything under `schemas/` that the crate embeds, so that adding a schema
//! version or a topic is adding a file.
#![allow(clippy::disallowed_methods, reason = "cargo tells a build script its folders by environment")]
#![allow(clippy::print_stdout, reason = "a build script speaks to cargo on standard output")]

use std::env;
use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let root = manifest_folder()?.join("../../../schemas").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());

    let mut out = String::from("pub(super) const SCHEMAS: &[(&str, u32, &str)] = &[\n");
    for folder in sorted(&root)?.iter().filter(|path| path.is_dir()) {
        let mut versions: Vec<(u32, PathBuf)> =
            sorted(folder)?.into_iter().filter_map(|path| Some((version(&path)?, path))).collect();
        versions.sort();
        for (number, path) in versions {
            out += &format!("    ({:?}, {number}, include_str!({:?})),\n", name(folder)?, text(&path)?);
        }
    }
    out.push_str("];\n\npub(super) const TOPICS: &[(&str, &str)] = &[\n");
    for path in sorted(&root.join("topics"))? {
        if path.extension().is_some_and(|extension| extension == "toml") {
            out += &format!("    ({:?}, include_str!({:?})),\n", name(&path)?, text(&path)?);
        }
    }
    out.push_str("];\n");
    let target = env::var_os("OUT_DIR").ok_or_else(|| Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&target).join("embedded.rs"), out)
}

fn manifest_folder() -> Result<PathBuf> {
    env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| Error::other("cargo sets CARGO_MANIFEST_DIR"))
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The number of a schema file: 3 for `v3.avsc`.
fn version(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_prefix('v')?.strip_suffix(".avsc")?.parse().ok()
}

/// The name of a folder or of a topic file without its `.toml`; both contain points.
fn name(path: &Path) -> Result<&str> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| not_text(path))?;
    Ok(name.strip_suffix(".toml").unwrap_or(name))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| not_text(path))
}

fn not_text(path: &Path) -> Error {
    Error::other(format!("{} is not UTF-8", path.display()))
}
