//! Names for files that a page offers: without anything that hides what they are, and never one that the system would run.

use std::path::Path;

const NAMELESS: &str = "download";
/// Extensions of documents, which open in a program that was made for them. Whatever is not listed here (launchers,
/// scripts, installers, pages of the web) is saved under a name that no program claims.
const DOCUMENTS: &[&str] = &[
    "csv", "tsv", "json", "jsonl", "ndjson", "txt", "md", "log", "pdf", "png", "jpg", "jpeg",
    "gif", "webp", "xlsx", "ods", "docx", "odt", "ics", "xml", "yaml", "yml", "toml", "db",
    "sqlite", "sqlite3", "zip", "gz", "tar", "zst",
];
const HARMLESS: &str = "download";
/// Windows takes these for devices, whatever follows them.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
const NUMBERED_DEVICES: &[&str] = &["com", "lpt"];
/// Bytes of a name; systems allow 255, and a number may be added.
const LENGTH: usize = 200;

/// A name that can be given to a file on all systems: stem and extension, which may be empty.
pub fn safe(suggested: &Path) -> (String, String) {
    let name = suggested.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name
        .chars()
        .filter(|it| !is_invisible(*it))
        .map(|it| if is_reserved(it) { '_' } else { it })
        .collect();
    let name = name
        .trim()
        .trim_start_matches(['.', ' '])
        .trim_end_matches(['.', ' '])
        .trim_start();
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) => (stem.trim_end_matches(['.', ' ']), extension),
        None => (name, ""),
    };
    let stem = if stem.is_empty() { NAMELESS } else { stem };
    let stem = if is_device(stem) {
        format!("_{stem}")
    } else {
        stem.to_owned()
    };
    let is_document = DOCUMENTS.contains(&extension.to_ascii_lowercase().as_str());
    match extension {
        "" => (cut(&stem), String::new()),
        extension if is_document => (cut(&stem), extension.to_owned()),
        extension => (cut(&format!("{stem}.{extension}")), HARMLESS.to_owned()),
    }
}

/// Control characters, and those that have text shown in another order than it is.
fn is_invisible(it: char) -> bool {
    it.is_control()
        || matches!(
            it,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' | '\u{ad}'
        )
        || matches!(it, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

fn is_reserved(it: char) -> bool {
    matches!(it, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn is_device(stem: &str) -> bool {
    let first = stem
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_lowercase();
    let numbered = || {
        NUMBERED_DEVICES.iter().any(|device| {
            let number = first.strip_prefix(device);
            number.is_some_and(|it| it.chars().count() == 1 && it.chars().all(char::is_numeric))
        })
    };
    DEVICES.contains(&first.as_str()) || numbered()
}

fn cut(stem: &str) -> String {
    let end = (0..=LENGTH.min(stem.len()))
        .rev()
        .find(|at| stem.is_char_boundary(*at));
    stem[..end.unwrap_or_default()].trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(suggested: &str) -> String {
        let (stem, extension) = safe(suggested.as_ref());
        if extension.is_empty() {
            stem
        } else {
            format!("{stem}.{extension}")
        }
    }

    #[test]
    fn documents_keep_their_names() {
        for name in [
            "items.csv",
            "Größe 2.json",
            "sbom.cdx.json",
            "report",
            "日本.TXT",
            "archive.tar.gz",
        ] {
            assert_eq!(named(name), name);
        }
    }

    #[test]
    fn what_the_system_would_run_is_saved_under_a_name_that_nothing_claims() {
        for (name, saved) in [
            ("evil.desktop", "evil.desktop.download"),
            ("evil.csv.DESKTOP", "evil.csv.DESKTOP.download"),
            ("run.sh", "run.sh.download"),
            ("setup.exe", "setup.exe.download"),
            ("go.lnk", "go.lnk.download"),
            ("site.url", "site.url.download"),
            ("page.html", "page.html.download"),
            ("image.svg", "image.svg.download"),
            ("it.AppImage", "it.AppImage.download"),
            ("do.command", "do.command.download"),
            ("sheet.xlsm", "sheet.xlsm.download"),
            ("evil.desktop.", "evil.desktop.download"),
            ("evil.desktop ", "evil.desktop.download"),
            ("evil.desk\u{200b}top", "evil.desktop.download"),
        ] {
            assert_eq!(named(name), saved, "{name:?}");
        }
    }

    #[test]
    fn nothing_in_a_name_hides_it_or_leads_elsewhere() {
        for (name, saved) in [
            ("", "download"),
            ("..", "download"),
            ("...", "download"),
            (".bashrc", "bashrc"),
            (".csv", "csv"),
            (" . .csv", "csv"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\a.csv", "_.._a.csv"),
            ("a:b*.csv", "a_b_.csv"),
            ("evil\u{202e}vsc.desktop", "evilvsc.desktop.download"),
            ("\u{2066}a\u{2069}.csv", "a.csv"),
            ("a\nb\0.csv", "ab.csv"),
            ("a . .csv", "a.csv"),
            ("CON", "_CON"),
            ("con.csv", "_con.csv"),
            ("nul.tar.gz", "_nul.tar.gz"),
            ("COM1 .csv", "_COM1.csv"),
            ("lpt¹.txt", "_lpt¹.txt"),
            ("com10.txt", "com10.txt"),
            ("console.txt", "console.txt"),
        ] {
            assert_eq!(named(name), saved, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_letters_and_keeps_its_extension() {
        let saved = named(&format!("{}.csv", "ü".repeat(300)));
        assert_eq!(saved, format!("{}.csv", "ü".repeat(100)));
    }
}
