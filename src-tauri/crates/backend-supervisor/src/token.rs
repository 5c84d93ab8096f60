use std::{fmt, io};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

const BYTES: usize = 32;

/// Secret that authenticates API requests of this launch. `Debug` redacts it, so that no log contains it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct LaunchToken(String);

impl LaunchToken {
    /// Generates a token: 32 random bytes in URL-safe base64.
    ///
    /// # Errors
    /// If the system provides no random bytes.
    pub fn new() -> io::Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The token's text, for a header or an environment variable. It must not be stored or logged.
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
    fn token_is_random_and_debug_redacts_it() {
        let token = LaunchToken::new().unwrap();
        assert_eq!(token.expose().len(), 43);
        assert_ne!(token, LaunchToken::new().unwrap());
        assert!(!format!("{token:?}").contains(token.expose()));
    }
}
