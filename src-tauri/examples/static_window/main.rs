//! A window with a static page and nothing behind it, which `make bench` compares the app's window with.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!(
        "examples/static_window/tauri.conf.json"
    ))
}
