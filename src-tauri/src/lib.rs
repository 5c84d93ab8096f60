//! The desktop shell.
#[cfg(not(any()))]
pub mod supervisor;
/// x
/// # Errors
/// x
pub fn run() -> Result<(), String> {
    Ok(())
}
