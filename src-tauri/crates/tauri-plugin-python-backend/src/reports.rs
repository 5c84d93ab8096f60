//! What lies beside the app about its parts: their licences and the bill of materials, as `make build` writes them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tauri::AppHandle;

use crate::launch;

/// One file of `scripts/bundle_overlay.py`'s REPORTS: its name among the resources, and what makes it in a checkout.
pub struct Report {
    stem: &'static str,
    suffix: &'static str,
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

/// The file's bytes, or what to tell the person.
pub fn read(app: &AppHandle, report: &Report) -> Result<Vec<u8>, String> {
    let path = path(app, report).map_err(|error| error.to_string())?;
    fs::read(&path).map_err(|error| explain(&path, report, &error))
}

/// Where it was installed. A debug build takes what was last made in the checkout.
fn path(app: &AppHandle, report: &Report) -> tauri::Result<PathBuf> {
    let Report { stem, suffix, .. } = report;
    if cfg!(not(debug_assertions)) {
        return Ok(launch::resource_dir(app)?.join(format!("{stem}.{suffix}")));
    }
    let name = format!("{stem}.{}.{suffix}", env!("TARGET_TRIPLE"));
    Ok(launch::checkout().join("build").join(name))
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
    use std::{fs, io::ErrorKind};

    use super::{BILL_OF_MATERIALS, LICENCES, explain};

    #[test]
    fn the_bundler_and_the_runtime_tool_write_what_is_read() {
        let checkout = crate::launch::checkout();
        let bundler = fs::read_to_string(checkout.join("scripts/bundle_overlay.py")).unwrap();
        let tool = fs::read_to_string(checkout.join("runtime/project.py")).unwrap();
        for report in [LICENCES, BILL_OF_MATERIALS] {
            let (stem, suffix) = (report.stem, report.suffix);
            assert!(bundler.contains(&format!("\"{stem}.{suffix}\"")), "{stem}");
            assert!(
                tool.contains(&format!("\"{stem}.{{}}.{suffix}\"")),
                "{stem}"
            );
        }
    }

    #[test]
    fn one_that_is_missing_says_what_makes_it_and_one_that_can_not_be_read_why() {
        let said = |kind: ErrorKind| explain("/a/b.json".as_ref(), &LICENCES, &kind.into());
        assert!(said(ErrorKind::NotFound).contains("`make licences`"));
        let refused = said(ErrorKind::PermissionDenied);
        assert!(refused.starts_with("/a/b.json can't be read: permission denied. "));
    }
}
