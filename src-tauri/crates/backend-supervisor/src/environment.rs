//! The backend's environment, built from nothing: a stray `PORT`, `PYTHONHOME` or `LD_LIBRARY_PATH` must not reach it.

use std::ffi::OsString;

/// Variables that pass to the backend on one kind of system.
#[derive(Debug)]
pub struct Allowed {
    /// By their whole name.
    pub names: &'static [&'static str],
    /// By the beginning of it.
    pub prefixes: &'static [&'static str],
}

/// On Linux and macOS.
pub const POSIX: Allowed = Allowed {
    names: &[
        "HOME", "PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "USER", "LOGNAME",
    ],
    prefixes: &["LC_", "XDG_"],
};

/// On Windows.
pub const WINDOWS: Allowed = Allowed {
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

const ALLOWED: Allowed = if cfg!(windows) { WINDOWS } else { POSIX };

/// The variables of `parent` that may pass, then `PYTHONNOUSERSITE` and the `settings`.
pub fn build(
    parent: impl IntoIterator<Item = (OsString, OsString)>,
    settings: impl IntoIterator<Item = (&'static str, OsString)>,
) -> Vec<(OsString, OsString)> {
    let own = [("PYTHONNOUSERSITE", OsString::from("1"))];
    parent
        .into_iter()
        .filter(|(name, _)| name.to_str().is_some_and(may_pass))
        .chain(
            own.into_iter()
                .chain(settings)
                .map(|(name, value)| (name.into(), value)),
        )
        .collect()
}

fn may_pass(name: &str) -> bool {
    // Windows looks names up without regard to case, and writes some of them `Path` or `SystemRoot`.
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
