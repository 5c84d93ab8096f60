//! The menu and its keyboard shortcuts.

use std::sync::atomic::{AtomicI32, Ordering};

use tauri::{
    AppHandle, Manager, Wry,
    menu::{Menu, MenuBuilder, MenuEvent, MenuItemBuilder, SubmenuBuilder},
};

use crate::{
    events::{Event, OpenSettings},
    shell, window,
};

const SETTINGS: &str = "settings";
const QUIT: &str = "quit";
const RELOAD: &str = "reload";
const ZOOM_IN: &str = "zoom-in";
const ZOOM_OUT: &str = "zoom-out";
const ZOOM_RESET: &str = "zoom-reset";

const ZOOM_STEP: f64 = 1.1;
const MAX_ZOOM_STEPS: i32 = 10;

/// Zoom level of the page in steps; negative values shrink it.
#[derive(Default)]
struct Zoom(AtomicI32);

/// Builds the menu.
pub fn build(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    app.manage(Zoom::default());
    let mut first = SubmenuBuilder::new(
        app,
        if cfg!(target_os = "macos") {
            "App"
        } else {
            "File"
        },
    );
    if shell::config(app).settings_menu {
        let settings = MenuItemBuilder::with_id(SETTINGS, "Settings…")
            .accelerator("CmdOrCtrl+,")
            .build(app)?;
        first = first.item(&settings).separator();
    }
    let quit = MenuItemBuilder::with_id(QUIT, "Quit")
        .accelerator("CmdOrCtrl+Q")
        .build(app)?;
    let first = first.item(&quit).build()?;
    let view = SubmenuBuilder::new(app, "View")
        .item(
            &MenuItemBuilder::with_id(RELOAD, "Reload")
                .accelerator("CmdOrCtrl+R")
                .build(app)?,
        )
        .separator()
        .item(
            &MenuItemBuilder::with_id(ZOOM_IN, "Zoom In")
                .accelerator("CmdOrCtrl+=")
                .build(app)?,
        )
        .item(
            &MenuItemBuilder::with_id(ZOOM_OUT, "Zoom Out")
                .accelerator("CmdOrCtrl+-")
                .build(app)?,
        )
        .item(
            &MenuItemBuilder::with_id(ZOOM_RESET, "Actual Size")
                .accelerator("CmdOrCtrl+0")
                .build(app)?,
        )
        .build()?;
    let menu = MenuBuilder::new(app).item(&first);
    #[cfg(target_os = "macos")]
    let menu = menu.item(&edit(app)?);
    menu.item(&view).build()
}

/// The Edit menu: on macOS these shortcuts require menu items. Webviews of other systems handle them.
#[cfg(target_os = "macos")]
fn edit(app: &AppHandle) -> tauri::Result<tauri::menu::Submenu<Wry>> {
    SubmenuBuilder::new(app, "Edit")
        .undo()
        .redo()
        .separator()
        .cut()
        .copy()
        .paste()
        .select_all()
        .build()
}

/// Handles the selection of a menu item.
pub fn on_event(app: &AppHandle, event: &MenuEvent) {
    let result = match event.id().as_ref() {
        SETTINGS => {
            OpenSettings.emit(app);
            Ok(())
        }
        QUIT => {
            shell::quit(app);
            Ok(())
        }
        RELOAD => window::reload(app),
        ZOOM_IN => zoom(app, |steps| steps + 1),
        ZOOM_OUT => zoom(app, |steps| steps - 1),
        ZOOM_RESET => zoom(app, |_| 0),
        _ => Ok(()),
    };
    if let Err(error) = result {
        log::error!("menu: {error}");
    }
}

fn zoom(app: &AppHandle, change: impl Fn(i32) -> i32) -> tauri::Result<()> {
    let zoom = app.state::<Zoom>();
    let steps = change(zoom.0.load(Ordering::Relaxed)).clamp(-MAX_ZOOM_STEPS, MAX_ZOOM_STEPS);
    zoom.0.store(steps, Ordering::Relaxed);
    window::main_window(app).map_or(Ok(()), |window| window.set_zoom(ZOOM_STEP.powi(steps)))
}
