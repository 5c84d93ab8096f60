//! A window with a static page and no backend, the baseline of `make bench`.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!(
        "examples/static_window/tauri.conf.json"
    ))
}
