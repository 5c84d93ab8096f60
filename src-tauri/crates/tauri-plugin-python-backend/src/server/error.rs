use serde::{Serialize, Serializer};

/// Why a server can't be used, or why the choice could not be read or saved. Each message says what happened and what to do next. Serialized as `{code, message}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    #[error("{0}")]
    BadAddress(&'static str),
    #[error("{address} can't be reached: {reason}. Check the address and the connection.")]
    Unreachable { address: String, reason: String },
    #[error(
        "The certificate of {address} is not accepted: {reason}. Nothing was sent. Ask the server's administrator to fix it."
    )]
    Certificate { address: String, reason: String },
    #[error(
        "{address} redirects to another address: {to}. If that is the server, enter it instead."
    )]
    Moved { address: String, to: String },
    #[error("{address} is temporarily unavailable (status {status}). Try again later.")]
    Busy { address: String, status: u16 },
    #[error("{address} is not a server of this app: {reason}. Check the address.")]
    NotAServer { address: String, reason: String },
    #[error(
        "The server at {address} (version {version}) is too new for this app. Update this app."
    )]
    Newer { address: String, version: String },
    #[error(
        "The server at {address} (version {version}) is too old for this app. Ask its administrator to update it."
    )]
    Older { address: String, version: String },
    #[error(
        "The server at {address} rejects that host name. Ask its administrator to add it to ALLOWED_HOSTS."
    )]
    HostRefused { address: String },
    #[error(
        "The server at {address} rejects requests from this app's window. Ask its administrator to add \"{origin}\" to BACKEND_CORS_ORIGINS."
    )]
    OriginRefused { address: String, origin: String },
    #[error("The choice could not be saved or applied: {0}. Try again.")]
    NotSaved(String),
    #[error(
        "The file {path}, which stores the choice of the server, can't be read: {reason}. Choose again. The file will be renamed, not deleted."
    )]
    ChoiceDamaged { path: String, reason: String },
}

impl ServerError {
    backend_supervisor::error_codes! {
        Self::BadAddress(_) => "bad_address",
        Self::Unreachable { .. } => "server_unreachable",
        Self::Certificate { .. } => "certificate",
        Self::Moved { .. } => "moved",
        Self::Busy { .. } => "server_busy",
        Self::NotAServer { .. } => "not_a_server",
        Self::Newer { .. } => "server_newer",
        Self::Older { .. } => "server_older",
        Self::HostRefused { .. } => "host_refused",
        Self::OriginRefused { .. } => "origin_refused",
        Self::NotSaved(_) => "choice_not_saved",
        Self::ChoiceDamaged { .. } => "choice_damaged",
    }
}

/// An error of a command.
#[derive(Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct CommandError<'a> {
    code: &'a str,
    /// What happened and what to do next.
    message: String,
}

impl<'a> CommandError<'a> {
    pub fn new(code: &'a str, error: &impl ToString) -> Self {
        Self {
            code,
            message: error.to_string(),
        }
    }
}

impl Serialize for ServerError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CommandError::new(self.code(), self).serialize(serializer)
    }
}

#[cfg(test)]
impl specta::Type for ServerError {
    fn definition(types: &mut specta::Types) -> specta::datatype::DataType {
        CommandError::definition(types)
    }
}
