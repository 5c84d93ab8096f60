//! Code digest of a folder, equal to that of the backend (`backend_host/launch/digest.py`).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Metadata file of a generation, next to its packages.
pub const GENERATION: &str = "generation.json";

/// SHA-256 in hex of names and contents of all files in `source`, sorted, without bytecode and [`GENERATION`].
///
/// # Errors
/// If a file can't be read.
pub fn of(source: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    collect(source, &mut files)?;
    files.retain(|path| *path != source.join(GENERATION));
    files.sort();
    let mut digest = Sha256::new();
    for path in files {
        let content = fs::read(&path)?;
        let name = path.strip_prefix(source).map_err(io::Error::other)?;
        let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        digest.update(format!("{}\0{}\0", name.join("/"), content.len()));
        digest.update(content);
    }
    Ok(format!("{:x}", digest.finalize()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_none_or(|it| it != "pyc") {
            files.push(path);
        }
    }
    Ok(())
}
