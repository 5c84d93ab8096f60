use std::error::Error;

use serde::{Serialize, Serializer};
use tauri_plugin_updater::Error as PluginError;

use crate::server::CommandError;

/// Why an update failed. Each message says what happened and what to do next. Serialized as `{code, message}`.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error("This build does not check for updates: it has no key to verify them.")]
    Off,
    #[error("The update server can't be reached: {0}. Check the connection, then try again.")]
    Unreachable(String),
    #[error("The update server sent an invalid response: {0}. Try again later.")]
    InvalidResponse(String),
    #[error(
        "The new version has no package for this system. Download it where you got this app, or try again later."
    )]
    NoPackage,
    #[error("The download is not signed by the publisher of this app: {0}. It was deleted.")]
    Untrusted(String),
    #[error(
        "The signature of the download is not for this version: {0}. It was deleted. Try again later."
    )]
    SignedForOtherVersion(String),
    #[error("No update was downloaded. Check for updates again.")]
    NoPendingUpdate,
    #[error("The update could not be installed: {0}. The current version is unchanged. Try again.")]
    NotInstalled(String),
}

impl UpdateError {
    pub(super) fn not_installed(error: &PluginError) -> Self {
        Self::NotInstalled(root(error))
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Off => "updates_off",
            Self::Unreachable(_) => "unreachable",
            Self::InvalidResponse(_) => "invalid_response",
            Self::NoPackage => "no_package",
            Self::Untrusted(_) => "untrusted",
            Self::SignedForOtherVersion(_) => "signed_for_other_version",
            Self::NoPendingUpdate => "no_pending_update",
            Self::NotInstalled(_) => "not_installed",
        }
    }
}

/// Errors of a check or a download.
impl From<PluginError> for UpdateError {
    fn from(error: PluginError) -> Self {
        let reason = root(&error);
        match error {
            PluginError::Reqwest(failed) if failed.is_decode() => Self::InvalidResponse(reason),
            PluginError::Reqwest(_) | PluginError::Network(_) => Self::Unreachable(reason),
            PluginError::TargetNotFound(_) | PluginError::TargetsNotFound(_) => Self::NoPackage,
            PluginError::Minisign(_) | PluginError::Base64(_) | PluginError::SignatureUtf8(_) => {
                Self::Untrusted(reason)
            }
            PluginError::SignedVersionMismatch { .. } | PluginError::MissingSignedVersion => {
                Self::SignedForOtherVersion(reason)
            }
            _ => Self::InvalidResponse(reason),
        }
    }
}

/// The root cause, without a trailing period. The outer errors only add URLs.
fn root(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string().trim_end_matches('.').to_owned()
}

impl Serialize for UpdateError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CommandError::new(self.code(), self).serialize(serializer)
    }
}

#[cfg(test)]
impl specta::Type for UpdateError {
    fn definition(types: &mut specta::Types) -> specta::datatype::DataType {
        CommandError::definition(types)
    }
}
