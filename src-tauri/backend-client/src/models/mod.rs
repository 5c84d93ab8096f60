pub mod about;
pub use self::about::About;
pub mod diagnostics;
pub use self::diagnostics::Diagnostics;
pub mod error_code;
pub use self::error_code::ErrorCode;
pub mod error_message;
pub use self::error_message::ErrorMessage;
