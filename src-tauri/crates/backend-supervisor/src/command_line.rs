//! Command lines for the user to copy into a terminal.

use std::path::Path;

/// The command that runs `program` with `args` in sh, bash, zsh and fish, or on Windows in cmd and PowerShell.
pub fn format(program: &Path, args: &[&str]) -> String {
    if cfg!(windows) {
        format_windows(program, args)
    } else {
        let program = program.to_string_lossy();
        let words = std::iter::once(program.as_ref()).chain(args.iter().copied());
        words.map(quote_posix).collect::<Vec<_>>().join(" ")
    }
}

/// Quotes a word for a POSIX shell if necessary.
#[must_use]
pub fn quote_posix(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-+,:@%=".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Two lines: PowerShell reads a quoted path at the start of a line as a string, so the path is in the line that changes the
/// folder (`pushd`, because cmd's `cd` does not change the drive). Both shells treat double quotes alike, except for `%`, `$`
/// and backticks.
fn format_windows(program: &Path, args: &[&str]) -> String {
    let program = program.to_string_lossy();
    let (folder, name) = program.rsplit_once('\\').unwrap_or((".", &program));
    let words: Vec<_> = args.iter().copied().map(quote_windows).collect();
    format!("pushd \"{folder}\"\n.\\{name} {}", words.join(" "))
}

fn quote_windows(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "._-+:\\".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("\"{word}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn sh_parses_each_formatted_word_unchanged() {
        let words = [
            "/a/b-1.db",
            "",
            "two words",
            "it's",
            "$HOME",
            "`id`",
            "\"",
            "a\\b",
            "!x",
            "ü; rm",
            "-x",
        ];
        let line = format("printf".as_ref(), &[&["%s\\n"], words.as_slice()].concat());
        let output = std::process::Command::new("sh")
            .args(["-c", &line])
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), words);
        assert_eq!(quote_posix("/a/b-1.db"), "/a/b-1.db");
    }

    #[test]
    fn windows_lines_do_not_start_with_a_quoted_path() {
        let line = format_windows(
            r"C:\Program Files\App\runtime\python\python.exe".as_ref(),
            &[
                "-I",
                "-m",
                "app",
                "--data-dir",
                r"C:\Users\A B",
                "restore",
                r"C:\Users\a.db",
            ],
        );
        assert_eq!(
            line,
            "pushd \"C:\\Program Files\\App\\runtime\\python\"\n\
             .\\python.exe -I -m app --data-dir \"C:\\Users\\A B\" restore C:\\Users\\a.db"
        );
    }
}
