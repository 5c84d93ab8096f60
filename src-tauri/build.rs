//! Generates the permissions of the app's commands, and passes the target triple to the tests.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "cargo::rustc-env=TARGET_TRIPLE={}",
        std::env::var("TARGET")?
    );
    let commands = &["start_backend", "get_app_data_dir"];
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .app_manifest(tauri_build::AppManifest::new().commands(commands)),
    )?;
    Ok(())
}
