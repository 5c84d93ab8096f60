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

/// What keeps `program` from being run on this machine. Asked before it is: some systems don't refuse a foreign program, but
/// run it as a shell's script; they are those whose programs begin with an ELF header.
pub(super) fn foreign(program: &Path) -> Option<Failure> {
    let ours = header(&env::current_exe().ok()?).filter(|ours| ours.starts_with(ELF))?;
    let theirs = header(program)?;
    (machine(&theirs) != machine(&ours)).then(|| Failure::WrongArchitecture {
        path: program.into(),
    })
}

const ELF: &[u8] = b"\x7fELF";

/// The first bytes of a file; fewer where it is shorter, `None` where it can't be read.
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
