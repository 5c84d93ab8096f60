//! Compares the runtime's files with its manifest, which takes about a second. Done only after a failed start.

use std::{
    env,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::Failure;

/// The first file that differs from the manifest; `None` if no file differs or the manifest is missing.
pub(super) fn find_damage(manifest: &Path) -> Option<Failure> {
    let root = manifest.parent()?;
    let entries = fs::read_to_string(manifest).ok()?;
    entries
        .lines()
        .filter_map(|line| line.split_once("  "))
        .find_map(|(sum, name)| {
            let file = root.join(name);
            let difference = match sha256(&file) {
                Ok(found) if found == sum => return None,
                Ok(_) => "was modified after the installation",
                Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing",
                Err(_) => "can't be read",
            };
            Some(Failure::RuntimeDamaged { file, difference })
        })
}

/// [`Failure::WrongArchitecture`] if `program`'s ELF header differs from this executable's. Checked before the spawn, because
/// systems with ELF executables may run a program of another architecture as a shell script.
pub(super) fn check_architecture(program: &Path) -> Option<Failure> {
    let ours = header(&env::current_exe().ok()?).filter(|ours| ours.starts_with(ELF))?;
    let theirs = header(program)?;
    (machine(&theirs) != machine(&ours)).then(|| Failure::WrongArchitecture {
        path: program.into(),
    })
}

const ELF: &[u8] = b"\x7fELF";

/// The first 20 bytes of a file, or all of a shorter file; `None` if it can't be read.
fn header(program: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(program)
        .ok()?
        .take(20)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// Magic number, class, byte order and machine of an ELF header.
fn machine(header: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    Some((header.get(..4)?, header.get(4..6)?, header.get(18..20)?))
}

fn sha256(file: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(format!("{:x}", hasher.finalize()))
}
