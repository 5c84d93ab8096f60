//! A command line that a person copies into a terminal.

use std::path::Path;

/// That runs `program` with `args`: in sh, bash, zsh and fish, or on Windows in cmd and in PowerShell.
pub fn of(program: &Path, args: &[&str]) -> String {
    if cfg!(windows) {
        windows(program, args)
    } else {
        let program = program.to_string_lossy();
        let words = std::iter::once(program.as_ref()).chain(args.iter().copied());
        words.map(posix_word).collect::<Vec<_>>().join(" ")
    }
}

/// One word, quoted where a POSIX shell needs it.
#[must_use]
pub fn posix_word(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-+,:@%=".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Two lines: PowerShell takes a quoted path at the beginning of a line for a text, so it is in the line that changes the
/// folder. (`cd` would not change the drive in cmd.) Both read double quotes alike but for `%`, `$` and backticks.
fn windows(program: &Path, args: &[&str]) -> String {
    let program = program.to_string_lossy();
    let (folder, name) = program.rsplit_once('\\').unwrap_or((".", &program));
    let words: Vec<_> = args.iter().copied().map(windows_word).collect();
    format!("pushd \"{folder}\"\n.\\{name} {}", words.join(" "))
}

fn windows_word(word: &str) -> String {
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
    fn a_shell_reads_each_word_as_it_was() {
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
        let line = of("printf".as_ref(), &[&["%s\\n"], words.as_slice()].concat());
        let output = std::process::Command::new("sh")
            .args(["-c", &line])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.lines().collect::<Vec<_>>(), words);
        assert_eq!(posix_word("/a/b-1.db"), "/a/b-1.db");
    }

    #[test]
    fn on_windows_no_line_begins_with_a_quoted_path() {
        let line = windows(
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
