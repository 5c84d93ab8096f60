//! Words of a command line that a person copies into a terminal.

/// For sh, bash, zsh and fish.
#[cfg_attr(windows, allow(dead_code))]
pub fn posix(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-+,:@%=".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::posix;

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        for word in [
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
        ] {
            let script = format!("printf %s {}", posix(word));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
        assert_eq!(posix("/a/b-1.db"), "/a/b-1.db");
    }
}
