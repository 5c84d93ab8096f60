//! Names the build target to the code and declares the commands that capabilities may grant.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "cargo::rustc-env=TARGET_TRIPLE={}",
        std::env::var("TARGET")?
    );
    let commands = &[
        "start_backend",
        "restart_backend",
        "use_another_port",
        "get_recovery",
        "get_app_data_dir",
        "open_data_dir",
        "open_logs",
        "get_licences",
        "get_bill_of_materials",
        "dress_window",
        "are_updates_on",
        "check_for_update",
        "download_update",
        "install_update",
        "get_server",
        "check_server",
        "use_server",
        "use_local_data",
        "quit",
    ];
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .app_manifest(tauri_build::AppManifest::new().commands(commands)),
    )?;
    Ok(())
}
