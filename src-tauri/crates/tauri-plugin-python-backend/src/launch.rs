//! What to run as the backend, and with which settings: the shell's half of the launch contract.

use std::{
    env,
    error::Error,
    ffi::OsString,
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Manager};

use backend_supervisor::{Endpoints, Launch, Limits, environment};

use crate::shell;

/// Isolated from the machine's Python, leaves no bytecode behind, unbuffered, UTF-8 whatever the locale.
pub const INTERPRETER_FLAGS: &[&str] = &["-I", "-B", "-u", "-X", "utf8"];

/// The UI's origin in an installed app.
const ORIGIN: &str = if cfg!(windows) {
    "http://tauri.localhost"
} else {
    "tauri://localhost"
};

/// The backend of this build, to be run on `data_dir`.
pub fn command(app: &AppHandle, data_dir: &Path) -> Result<Launch, Box<dyn Error>> {
    let config = shell::config(app);
    let runtime = runtime_dir(app)?;
    let python = runtime.join("python");
    let settings = [
        ("DATA_DIR", data_dir.into()),
        (
            "BACKEND_CORS_ORIGINS",
            serde_json::to_string(&origins(app))?.into(),
        ),
        ("APP_VERSION", app.package_info().version.to_string().into()),
        ("API_PATH", (&config.api_path).into()),
    ];
    Ok(Launch {
        program: python.join(if cfg!(windows) {
            "python.exe"
        } else {
            "bin/python3"
        }),
        args: INTERPRETER_FLAGS
            .iter()
            .copied()
            .chain(["-m"])
            .chain(config.module_args())
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
        endpoints: Endpoints::under(&config.api_path),
        limits: Limits::default(),
    })
}

/// The folder in whose `build/` a debug build finds what was staged.
pub struct Checkout(pub PathBuf);

pub fn checkout(app: &AppHandle) -> PathBuf {
    app.state::<Checkout>().0.clone()
}

/// What was installed beside the app. On Windows without the `\\?\` prefix of its path, which most programs can't read.
pub fn resource_dir(app: &AppHandle) -> tauri::Result<PathBuf> {
    Ok(dunce::simplified(&app.path().resource_dir()?).into())
}

/// The installed tree. In a debug build the checkout's, or the one `APP_RUNTIME_DIR` names.
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

/// The window's own: the page's as it is loaded.
pub fn origin(app: &AppHandle) -> String {
    origins(app).swap_remove(0)
}

/// The page's comes first.
fn origins(app: &AppHandle) -> Vec<String> {
    let dev_server = app.config().build.dev_url.as_ref();
    dev_server
        .filter(|_| tauri::is_dev())
        .map(|url| url.origin().ascii_serialization())
        .into_iter()
        .chain([ORIGIN.into()])
        .collect()
}
