//! Declares the app's own commands to Tauri's permission system, and names the build target to the tests.

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
