//! Sanitizes the file names of downloads: removes characters that disguise a name, and makes executable extensions inert.

use std::path::Path;

const DEFAULT_STEM: &str = "download";
/// Extensions of documents. [`INERT_EXTENSION`], which no program opens, is appended to any other extension (of launchers, scripts,
/// installers, web pages).
const DOCUMENTS: &[&str] = &[
    "csv", "tsv", "json", "jsonl", "ndjson", "txt", "md", "log", "pdf", "png", "jpg", "jpeg",
    "gif", "webp", "xlsx", "ods", "docx", "odt", "ics", "xml", "yaml", "yml", "toml", "db",
    "sqlite", "sqlite3", "zip", "gz", "tar", "zst",
];
const INERT_EXTENSION: &str = "download";
/// Device names, which Windows reserves with any extension.
const RESERVED_NAMES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
const NUMBERED_RESERVED_NAMES: &[&str] = &["com", "lpt"];
/// Maximum length of a stem. File systems allow 255 bytes; a number and an extension may be added.
const MAX_BYTES: usize = 200;

/// Stem and extension of a file name that is valid on all systems. The extension may be empty.
pub fn sanitize(suggested: &Path) -> (String, String) {
    let name = suggested.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name
        .chars()
        .filter(|it| !is_invisible(*it))
        .map(|it| if is_reserved_char(it) { '_' } else { it })
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
    let stem = if stem.is_empty() { DEFAULT_STEM } else { stem };
    let stem = if is_reserved_name(stem) {
        format!("_{stem}")
    } else {
        stem.to_owned()
    };
    let is_document = DOCUMENTS.contains(&extension.to_ascii_lowercase().as_str());
    match extension {
        "" => (truncate(&stem), String::new()),
        extension if is_document => (truncate(&stem), extension.to_owned()),
        extension => (
            truncate(&format!("{stem}.{extension}")),
            INERT_EXTENSION.to_owned(),
        ),
    }
}

/// Control characters, zero-width characters and bidirectional formatting characters.
fn is_invisible(it: char) -> bool {
    it.is_control()
        || matches!(
            it,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' | '\u{ad}'
        )
        || matches!(it, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

fn is_reserved_char(it: char) -> bool {
    matches!(it, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn is_reserved_name(stem: &str) -> bool {
    let first = stem
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_lowercase();
    let numbered = || {
        NUMBERED_RESERVED_NAMES.iter().any(|device| {
            let number = first.strip_prefix(device);
            number.is_some_and(|it| it.chars().count() == 1 && it.chars().all(char::is_numeric))
        })
    };
    RESERVED_NAMES.contains(&first.as_str()) || numbered()
}

fn truncate(stem: &str) -> String {
    let end = (0..=MAX_BYTES.min(stem.len()))
        .rev()
        .find(|at| stem.is_char_boundary(*at));
    stem[..end.unwrap_or_default()].trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sanitized(suggested: &str) -> String {
        let (stem, extension) = sanitize(suggested.as_ref());
        if extension.is_empty() {
            stem
        } else {
            format!("{stem}.{extension}")
        }
    }

    #[test]
    fn document_names_are_unchanged() {
        for name in [
            "items.csv",
            "Größe 2.json",
            "sbom.cdx.json",
            "report",
            "日本.TXT",
            "archive.tar.gz",
        ] {
            assert_eq!(sanitized(name), name);
        }
    }

    #[test]
    fn executable_extensions_are_made_inert() {
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
            assert_eq!(sanitized(name), saved, "{name:?}");
        }
    }

    #[test]
    fn paths_hidden_names_and_reserved_characters_are_sanitized() {
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
            assert_eq!(sanitized(name), saved, "{name:?}");
        }
    }

    #[test]
    fn long_names_are_truncated_at_a_character_boundary() {
        let saved = sanitized(&format!("{}.csv", "ü".repeat(300)));
        assert_eq!(saved, format!("{}.csv", "ü".repeat(100)));
    }
}
