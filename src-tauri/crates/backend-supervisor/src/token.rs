use std::{fmt, io};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

const BYTES: usize = 32;

/// The secret that a request must carry to be the window's own. It is printed by no formatter, so that it reaches no log.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct LaunchToken(String);

impl LaunchToken {
    /// 32 random bytes, URL-safe base64.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new() -> io::Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// For a header or a variable, and for nothing that is stored.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LaunchToken {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("LaunchToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::LaunchToken;

    #[test]
    fn a_token_is_long_unlike_the_last_and_not_printed() {
        let token = LaunchToken::new().unwrap();
        assert_eq!(token.expose().len(), 43);
        assert_ne!(token, LaunchToken::new().unwrap());
        assert!(!format!("{token:?}").contains(token.expose()));
    }
}
