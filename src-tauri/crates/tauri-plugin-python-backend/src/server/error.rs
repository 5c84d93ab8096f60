use serde::{Serialize, Serializer};

/// Why a server can't be used. Each message says what happened and what to do next. Serialised as `{code, message}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    #[error("{0}")]
    BadAddress(&'static str),
    #[error("{address} can't be reached: {reason}. Check the address and the connection.")]
    Unreachable { address: String, reason: String },
    #[error(
        "The certificate of {address} is not accepted: {reason}. Nothing was sent. Whoever runs the server must correct it."
    )]
    Certificate { address: String, reason: String },
    #[error(
        "{address} sends its visitors to another address: {to}. If that is the server, enter it instead."
    )]
    Moved { address: String, to: String },
    #[error("{address} can't work on requests at the moment (status {status}). Wait a little.")]
    Busy { address: String, status: u16 },
    #[error("At {address} there is no server of this app: {reason}. Check the address.")]
    NotAServer { address: String, reason: String },
    #[error(
        "The server at {address} is newer (version {version}) than this app understands. Update this app."
    )]
    Newer { address: String, version: String },
    #[error(
        "The server at {address} is too old (version {version}) for this app. It must be updated by whoever runs it."
    )]
    Older { address: String, version: String },
    #[error(
        "The server at {address} does not answer to that name. Whoever runs it must add the name to ALLOWED_HOSTS."
    )]
    HostRefused { address: String },
    #[error(
        "The server at {address} does not let this app's window in. Whoever runs it must add \"{origin}\" to BACKEND_CORS_ORIGINS."
    )]
    OriginRefused { address: String, origin: String },
    #[error("The choice could not be kept: {0}. Nothing has changed.")]
    NotKept(String),
    #[error(
        "The file {path} should say which server this app uses, and can't be read: {reason}. Choose below; the file is kept under another name."
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
        Self::NotKept(_) => "choice_not_kept",
        Self::ChoiceDamaged { .. } => "choice_damaged",
    }
}

/// An error as the page gets it.
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
