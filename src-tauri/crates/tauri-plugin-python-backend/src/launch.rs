//! Program, arguments and environment of the backend, as the launch contract defines them.

use std::{
    env,
    error::Error,
    ffi::OsString,
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Manager};

use backend_supervisor::{Endpoints, LaunchConfig, Limits, environment};

use crate::shell;

/// Isolated mode, no bytecode files, unbuffered output, UTF-8 mode.
pub const INTERPRETER_FLAGS: &[&str] = &["-I", "-B", "-u", "-X", "utf8"];

/// Origin of the page in an installed app.
const ORIGIN: &str = if cfg!(windows) {
    "http://tauri.localhost"
} else {
    "tauri://localhost"
};

/// Configuration of the backend process of this build.
pub fn config(app: &AppHandle, data_dir: &Path) -> Result<LaunchConfig, Box<dyn Error>> {
    let plugin_config = shell::config(app);
    let runtime = runtime_dir(app)?;
    let python = runtime.join("python");
    let settings = [
        ("DATA_DIR", data_dir.into()),
        (
            "BACKEND_CORS_ORIGINS",
            serde_json::to_string(&origins(app))?.into(),
        ),
        ("APP_VERSION", app.package_info().version.to_string().into()),
        ("API_PATH", (&plugin_config.api_path).into()),
    ];
    Ok(LaunchConfig {
        program: python.join(if cfg!(windows) {
            "python.exe"
        } else {
            "bin/python3"
        }),
        args: INTERPRETER_FLAGS
            .iter()
            .copied()
            .chain(["-m"])
            .chain(plugin_config.module_args())
            .map(OsString::from)
            .collect(),
        working_dir: if data_dir.is_dir() {
            data_dir.into()
        } else {
            env::temp_dir()
        },
        env: environment::build(env::vars_os(), settings),
        data_dir: data_dir.into(),
        manifest: runtime.join("manifest.sha256"),
        endpoints: Endpoints::under(&plugin_config.api_path),
        limits: Limits::default(),
    })
}

/// The checkout, in whose `build/` folder a debug build finds the staged runtime.
pub struct Checkout(pub PathBuf);

pub fn checkout(app: &AppHandle) -> PathBuf {
    app.state::<Checkout>().0.clone()
}

/// The app's resource folder. On Windows without the path prefix `\\?\`, which most programs can't parse.
pub fn resource_dir(app: &AppHandle) -> tauri::Result<PathBuf> {
    Ok(dunce::simplified(&app.path().resource_dir()?).into())
}

/// The installed runtime; in a debug build the one in the checkout, or in the folder `APP_RUNTIME_DIR`.
fn runtime_dir(app: &AppHandle) -> tauri::Result<PathBuf> {
    if cfg!(not(debug_assertions)) {
        return Ok(resource_dir(app)?.join("runtime"));
    }
    Ok(env::var_os("APP_RUNTIME_DIR").map_or_else(
        || {
            checkout(app)
                .join("build/runtime")
                .join(env!("TARGET_TRIPLE"))
        },
        PathBuf::from,
    ))
}

/// Origin of the page.
pub fn origin(app: &AppHandle) -> String {
    origins(app).swap_remove(0)
}

/// Origins that may call the backend; the page's is the first.
fn origins(app: &AppHandle) -> Vec<String> {
    let dev_server = app.config().build.dev_url.as_ref();
    dev_server
        .filter(|_| tauri::is_dev())
        .map(|url| url.origin().ascii_serialization())
        .into_iter()
        .chain([ORIGIN.into()])
        .collect()
}
