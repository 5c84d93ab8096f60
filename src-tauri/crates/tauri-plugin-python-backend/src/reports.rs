//! What lies beside the app about its parts: their licences and the bill of materials, as `make build` writes them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tauri::{
    AppHandle,
    ipc::{InvokeResponseBody, IpcResponse},
};

use crate::launch;

/// A file among the resources, which the checkout has with the target in its name; and what makes it there.
pub struct Report {
    pub stem: &'static str,
    pub suffix: &'static str,
    made_by: &'static str,
}

/// Every component with its licence, and the texts.
pub const LICENCES: Report = Report {
    stem: "licences",
    suffix: "json",
    made_by: "make licences",
};

/// `CycloneDX` JSON.
pub const BILL_OF_MATERIALS: Report = Report {
    stem: "sbom",
    suffix: "cdx.json",
    made_by: "make sbom",
};

/// A file's bytes, which reach the page as they are.
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

/// The file, or what to tell the person.
pub fn read(app: &AppHandle, report: &Report) -> Result<Json, String> {
    let path = path(app, report).map_err(|error| error.to_string())?;
    fs::read(&path)
        .map(Json)
        .map_err(|error| explain(&path, report, &error))
}

/// Where it was installed. A debug build takes what was last made in the checkout.
fn path(app: &AppHandle, report: &Report) -> tauri::Result<PathBuf> {
    let Report { stem, suffix, .. } = report;
    if cfg!(not(debug_assertions)) {
        return Ok(launch::resource_dir(app)?.join(format!("{stem}.{suffix}")));
    }
    let name = format!("{stem}.{}.{suffix}", env!("TARGET_TRIPLE"));
    Ok(launch::checkout(app).join("build").join(name))
}

fn explain(path: &Path, report: &Report, error: &io::Error) -> String {
    if cfg!(debug_assertions) && error.kind() == io::ErrorKind::NotFound {
        let made_by = report.made_by;
        return format!("A development build brings none along. Run `{made_by}`, then try again.");
    }
    format!(
        "{} can't be read: {error}. Reinstall the app.",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::{LICENCES, explain};

    #[test]
    fn one_that_is_missing_says_what_makes_it_and_one_that_can_not_be_read_why() {
        let said = |kind: ErrorKind| explain("/a/b.json".as_ref(), &LICENCES, &kind.into());
        assert!(said(ErrorKind::NotFound).contains("`make licences`"));
        let refused = said(ErrorKind::PermissionDenied);
        assert!(refused.starts_with("/a/b.json can't be read: permission denied. "));
    }
}
