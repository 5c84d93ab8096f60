//! Environment of the backend: an allow-list, so that a `PORT`, `PYTHONHOME` or `LD_LIBRARY_PATH` of the user's session does
//! not reach it.

use std::ffi::OsString;

/// Names of the variables that the backend inherits.
#[derive(Debug)]
pub struct AllowList {
    /// Full names.
    pub names: &'static [&'static str],
    /// Prefixes of names.
    pub prefixes: &'static [&'static str],
}

/// Allow-list on Linux and macOS.
pub const POSIX: AllowList = AllowList {
    names: &[
        "HOME", "PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "USER", "LOGNAME",
    ],
    prefixes: &["LC_", "XDG_"],
};

/// Allow-list on Windows.
pub const WINDOWS: AllowList = AllowList {
    names: &[
        "PATH",
        "PATHEXT",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "COMSPEC",
        "TEMP",
        "TMP",
        "USERNAME",
        "USERPROFILE",
        "HOMEDRIVE",
        "HOMEPATH",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "NUMBER_OF_PROCESSORS",
        "PROCESSOR_ARCHITECTURE",
    ],
    prefixes: &[],
};

const ALLOWED: AllowList = if cfg!(windows) { WINDOWS } else { POSIX };

/// The allowed variables of `parent`, then `PYTHONNOUSERSITE=1` and the `settings`.
pub fn build(
    parent: impl IntoIterator<Item = (OsString, OsString)>,
    settings: impl IntoIterator<Item = (&'static str, OsString)>,
) -> Vec<(OsString, OsString)> {
    let fixed = [("PYTHONNOUSERSITE", OsString::from("1"))];
    parent
        .into_iter()
        .filter(|(name, _)| name.to_str().is_some_and(is_allowed))
        .chain(
            fixed
                .into_iter()
                .chain(settings)
                .map(|(name, value)| (name.into(), value)),
        )
        .collect()
}

fn is_allowed(name: &str) -> bool {
    // Names are case-insensitive on Windows, which writes some of them `Path` or `SystemRoot`.
    let name = if cfg!(windows) {
        &name.to_ascii_uppercase()
    } else {
        name
    };
    ALLOWED.names.contains(&name)
        || ALLOWED
            .prefixes
            .iter()
            .any(|prefix| name.starts_with(prefix))
}
