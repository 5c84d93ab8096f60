//! Compares the runtime with the list of its files. Costs a second, so it is done only once something is wrong.

use std::{
    env,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::Failure;

/// The first file that is not as it was installed; `None` when all are, or there is no list.
pub(super) fn find_damage(manifest: &Path) -> Option<Failure> {
    let root = manifest.parent()?;
    let list = fs::read_to_string(manifest).ok()?;
    list.lines()
        .filter_map(|line| line.split_once("  "))
        .find_map(|(sum, name)| {
            let file = root.join(name);
            let how = match sha256(&file) {
                Ok(found) if found == sum => return None,
                Ok(_) => "is not as it was installed",
                Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing",
                Err(_) => "can't be read",
            };
            Some(Failure::RuntimeDamaged { file, how })
        })
}

/// Whether the program is made for another machine than this one is. Some systems don't refuse to start it, but take it for
/// a shell's script; they are those whose programs begin with an ELF header.
pub(super) fn wrong_architecture(program: &Path) -> Option<Failure> {
    let (theirs, ours) = (machine(program)?, machine(&env::current_exe().ok()?)?);
    (theirs != ours).then(|| Failure::WrongArchitecture {
        path: program.into(),
    })
}

/// The class, byte order and machine of an ELF file.
fn machine(program: &Path) -> Option<[u8; 4]> {
    let mut header = [0; 20];
    File::open(program).ok()?.read_exact(&mut header).ok()?;
    header
        .starts_with(b"\x7fELF")
        .then_some([header[4], header[5], header[18], header[19]])
}

fn sha256(file: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(format!("{:x}", hasher.finalize()))
}
