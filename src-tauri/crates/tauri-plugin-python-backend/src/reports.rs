//! The license report and the bill of materials, resources that `make build` adds to the app.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tauri::{
    AppHandle,
    ipc::{InvokeResponseBody, IpcResponse},
};

use crate::launch;

/// A resource file. In the checkout its name contains the target triple.
pub struct Report {
    pub stem: &'static str,
    pub suffix: &'static str,
    /// The command that writes it in a checkout.
    command: &'static str,
}

/// Components with their licenses and license texts.
pub const LICENSES: Report = Report {
    stem: "licenses",
    suffix: "json",
    command: "make licenses",
};

/// Bill of materials as `CycloneDX` JSON.
pub const BILL_OF_MATERIALS: Report = Report {
    stem: "sbom",
    suffix: "cdx.json",
    command: "make sbom",
};

/// Bytes of a JSON file, passed to the page unchanged.
pub struct Json(Vec<u8>);

impl IpcResponse for Json {
    fn body(self) -> tauri::Result<InvokeResponseBody> {
        Ok(InvokeResponseBody::Raw(self.0))
    }
}

#[cfg(test)]
impl specta::Type for Json {
    fn definition(_: &mut specta::Types) -> specta::datatype::DataType {
        specta::datatype::DataType::Reference(specta_typescript::define("ArrayBuffer"))
    }
}

/// Reads the report.
///
/// # Errors
/// A message for the user.
pub fn read(app: &AppHandle, report: &Report) -> Result<Json, String> {
    let path = path(app, report).map_err(|error| error.to_string())?;
    fs::read(&path)
        .map(Json)
        .map_err(|error| read_error(&path, report, &error))
}

/// Path of the resource; in a debug build, of the last report in the checkout.
fn path(app: &AppHandle, report: &Report) -> tauri::Result<PathBuf> {
    let Report { stem, suffix, .. } = report;
    if cfg!(not(debug_assertions)) {
        return Ok(launch::resource_dir(app)?.join(format!("{stem}.{suffix}")));
    }
    let name = format!("{stem}.{}.{suffix}", env!("TARGET_TRIPLE"));
    Ok(launch::checkout(app).join("build").join(name))
}

fn read_error(path: &Path, report: &Report, error: &io::Error) -> String {
    if cfg!(debug_assertions) && error.kind() == io::ErrorKind::NotFound {
        let command = report.command;
        return format!(
            "A development build does not include it. Run `{command}`, then try again."
        );
    }
    format!(
        "{} can't be read: {error}. Reinstall the app.",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::{LICENSES, read_error};

    #[test]
    fn missing_report_names_the_command_and_unreadable_report_the_error() {
        let message = |kind: ErrorKind| read_error("/a/b.json".as_ref(), &LICENSES, &kind.into());
        assert!(message(ErrorKind::NotFound).contains("`make licenses`"));
        let denied = message(ErrorKind::PermissionDenied);
        assert!(denied.starts_with("/a/b.json can't be read: permission denied. "));
    }
}
