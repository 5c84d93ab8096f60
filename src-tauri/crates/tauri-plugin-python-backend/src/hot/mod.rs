//! Hot patching of the backend's code. Compiled with the feature `hot-reload` only, which release builds reject.

mod channel;
mod digest;
mod generation_selector;
mod generations;
mod journal;
mod report;
mod store;
mod store_state;

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tauri::AppHandle;

use backend_supervisor::{
    BackendError, CONTRACT, Failure, LaunchConfig, LaunchToken, State, Supervisor,
    files::write_atomic,
};

use crate::{Config, launch, server, shell};
use generation_selector::GenerationSelector;
use generations::{Generations, InstalledCode};
pub use report::Report;
use report::{FailedEdit, PREVIOUS_CODE_RUNS, PREVIOUS_CODE_STARTS, developer_message};
use store::{Store, short_digest};

const FOLDER: &str = "hot";
const DEBUGGER: &str = "BACKEND_DEBUGGER";
const OPENAPI_TIMEOUT: Duration = Duration::from_secs(10);

/// Effect of a push on the database.
enum Database {
    Unchanged,
    Migrate,
    /// Restores this backup.
    Restore(PathBuf),
}

/// Runs pushed code and reports the outcome to the page.
pub struct HotPatchServer {
    app: AppHandle,
    store: Arc<Mutex<Store>>,
    supervisor: Arc<Supervisor>,
    report: Arc<Mutex<Report>>,
    pushes: Mutex<Pushes>,
}

/// Deduplicates and orders pushes.
#[derive(Debug, Default)]
struct Pushes {
    /// The last push, unless it has finished.
    in_progress: Option<Arc<Push>>,
    /// When the source of the newest push was read, in nanoseconds of the system's monotonic clock. A push whose source was read
    /// earlier is rejected.
    newest_read_at: u64,
}

/// A push in progress. Further pushes of the same code wait for its outcome.
#[derive(Debug)]
struct Push {
    digest: String,
    outcome: OnceLock<Value>,
}

/// Creates a supervisor that runs pushed generations of code, and listens for pushes. If the store can't be opened, logs a warning
/// and runs the installed code.
///
/// # Errors
/// If a thread, a socket or `hot/app.json` can't be created.
pub fn create_supervisor(
    app: &AppHandle,
    data_dir: Option<&Path>,
    mut launch: LaunchConfig,
) -> Result<Arc<Supervisor>, Box<dyn Error>> {
    // `make dev DEBUG=1` sets the variable to the folder that contains debugpy.
    let debugger = env::var_os(DEBUGGER).map(|packages| (DEBUGGER.into(), packages));
    launch.env.extend(debugger);
    let emitter = app.clone();
    let on_state = move |state: &State| shell::emit_state(&emitter, state);
    let runtime = launch.manifest.with_file_name("");
    let interpreter = launch.program.clone();
    let opened = data_dir.ok_or_else(|| "the data dir is not private".into());
    let checkout = launch::checkout(app);
    let opened = opened.and_then(|data_dir| {
        Ok((
            data_dir,
            open(data_dir, &runtime, &checkout, shell::config(app))?,
        ))
    });
    let (data_dir, store) = match opened {
        Ok((data_dir, store)) => (data_dir, Arc::new(Mutex::new(store))),
        Err::<_, Box<dyn Error>>(error) => {
            log::warn!("hot patching is disabled: {error}");
            return Ok(Arc::new(Supervisor::new(launch, on_state)?));
        }
    };
    let report = Arc::default();
    let selector = GenerationSelector {
        app: app.clone(),
        store: Arc::clone(&store),
        report: Arc::clone(&report),
    };
    let supervisor = Supervisor::with_version_selector(launch, Box::new(selector), on_state)?;
    let supervisor = Arc::new(supervisor);
    let hot = Arc::new(HotPatchServer {
        app: app.clone(),
        store,
        supervisor: Arc::clone(&supervisor),
        report,
        pushes: Mutex::default(),
    });
    let listener = channel::bind()?;
    let token = LaunchToken::new()?.expose().to_owned();
    let about = hot.about(&interpreter, listener.local_addr()?.port(), &token);
    let app_json = data_dir.join(FOLDER).join("app.json");
    write_atomic(&app_json, about.to_string().as_bytes())?;
    channel::listen(listener, token, &hot)?;
    tauri::Manager::manage(app, hot);
    Ok(supervisor)
}

fn open(
    data_dir: &Path,
    runtime: &Path,
    checkout: &Path,
    config: &Config,
) -> Result<Store, Box<dyn Error>> {
    let stamp: Value = serde_json::from_slice(&fs::read(runtime.join("stamp.json"))?)?;
    let key = json!({
        "lock": stamp["lock_sha256"],
        "python": stamp["archive"]["sha256"],
        "target": stamp["target"],
        "app": stamp["app_sha256"],
        "contract": CONTRACT,
    });
    let source = runtime.join("app_src");
    let installed = InstalledCode {
        digest: digest::of(&source)?,
        origin: checkout.join(source_folder(checkout)?),
        module_args: config.module_args().iter().map(OsString::from).collect(),
        source,
    };
    let flags = launch::INTERPRETER_FLAGS
        .iter()
        .map(OsString::from)
        .collect();
    Ok(Store::open(data_dir.join(FOLDER), key, installed, flags)?)
}

/// The key `source` in `[tool.python-backend]` of the checkout's pyproject.toml.
fn source_folder(checkout: &Path) -> Result<String, Box<dyn Error>> {
    let path = checkout.join("pyproject.toml");
    let text = fs::read_to_string(&path)?;
    let table: toml::Table = text.parse()?;
    let source = (table.get("tool"))
        .and_then(|it| it.get("python-backend"))
        .and_then(|it| it.get("source"))
        .and_then(toml::Value::as_str);
    source.map(str::to_owned).ok_or_else(|| {
        format!(
            "{} has no key source in [tool.python-backend]",
            path.display()
        )
        .into()
    })
}

impl HotPatchServer {
    /// Content of `hot/app.json` for `scripts/hot_patch`: port and token of the channel, and the build that pushed code must match.
    fn about(&self, interpreter: &Path, port: u16, token: &str) -> Value {
        let store = lock(&self.store);
        let installed = &store.generations.installed;
        json!({
            "pid": std::process::id(),
            "port": port,
            "token": token,
            "key": store.generations.key,
            "base": {"digest": installed.digest, "source": installed.source},
            "interpreter": interpreter,
            "api_path": shell::config(&self.app).api_path,
        })
    }

    /// Handles a request of the channel and returns the response.
    fn handle_request(&self, request: &Value) -> Value {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        if matches!(text("command"), "push" | "openapi" | "address") && !server::is_local(&self.app)
        {
            return error_response(
                "server_in_use",
                "The app uses a server, so it runs no local backend. \
                 Switch back to this computer's data in Settings → Application, then try again.",
            );
        }
        match text("command") {
            "push" => {
                if request["again"] == json!(true) {
                    lock(&self.store).unquarantine(text("digest"));
                    self.update_report(|report| report.failed_edit = None);
                }
                let database = match (&request["migrate"], request["restore"].as_str()) {
                    (Value::Bool(true), _) => Database::Migrate,
                    (_, Some(backup)) => Database::Restore(backup.into()),
                    _ => Database::Unchanged,
                };
                self.push_once(text("digest"), request["read_at"].as_u64(), &database)
            }
            "status" => self.status(),
            "report" => {
                self.update_report(|report| {
                    let (title, text) = (text("title").into(), text("text").into());
                    let digest = String::new();
                    report.failed_edit = Some(FailedEdit {
                        digest,
                        title,
                        text,
                    });
                });
                json!({"ok": true})
            }
            "clear" => {
                self.update_report(|report| report.failed_edit = None);
                json!({"ok": true})
            }
            "note" => {
                self.update_report(|report| {
                    report.note(text("name"), request["title"].as_str(), text("text"));
                });
                json!({"ok": true})
            }
            "address" => match self.supervisor.start() {
                Ok(backend) => json!({
                    "ok": true,
                    "base_url": backend.base_url,
                    "launch_token": backend.launch_token.expose(),
                }),
                Err(error) => error_response("unreachable", &error.to_string()),
            },
            "api_changes" => {
                self.update_report(|report| {
                    report.api_changes = request["text"].as_str().map(str::to_owned);
                });
                json!({"ok": true})
            }
            "openapi" => match self.openapi() {
                Ok(text) => json!({"ok": true, "openapi": text}),
                Err(error) => error_response("unreachable", &error.to_string()),
            },
            _ => error_response("unknown", "The app does not know this command."),
        }
    }

    fn status(&self) -> Value {
        let store = lock(&self.store);
        json!({
            "ok": true,
            "running": store.running(),
            "base": store.generations.installed.digest,
            "state": store.state,
            "failed_edit": lock(&self.report).failed_edit,
        })
    }

    /// Like `push`, but waits for a push of the same code that is in progress instead of repeating it. `read_at`: when the source
    /// was read, see [`Pushes`].
    fn push_once(&self, digest: &str, read_at: Option<u64>, database: &Database) -> Value {
        let push = Arc::new(Push {
            digest: digest.into(),
            outcome: OnceLock::new(),
        });
        {
            let mut pushes = lock(&self.pushes);
            let same = (pushes.in_progress.as_ref())
                .filter(|it| it.digest == digest && matches!(database, Database::Unchanged));
            if let Some(same) = same.cloned() {
                pushes.newest_read_at = pushes.newest_read_at.max(read_at.unwrap_or_default());
                drop(pushes);
                return same.outcome.wait().clone();
            }
            if read_at.is_some_and(|it| it < pushes.newest_read_at) {
                drop(pushes);
                return self.outdated(digest);
            }
            pushes.newest_read_at = read_at.unwrap_or(pushes.newest_read_at);
            pushes.in_progress = Some(Arc::clone(&push));
        }
        let response = self.push(digest, read_at, database);
        lock(&self.pushes)
            .in_progress
            .take_if(|it| Arc::ptr_eq(it, &push));
        let _ = push.outcome.set(response.clone());
        response
    }

    /// The response to a push whose source was read before that of a newer push.
    fn outdated(&self, digest: &str) -> Value {
        let store = lock(&self.store);
        if store.running() == digest && store.state.pending.is_none() {
            return json!({"ok": true, "running": digest, "changed": false});
        }
        error_response(
            "outdated",
            "The source was saved again, and the newer version was pushed.",
        )
    }

    /// Runs a generation of the store instead of the current one.
    fn push(&self, digest: &str, read_at: Option<u64>, database: &Database) -> Value {
        let started = Instant::now();
        let version = {
            let mut store = lock(&self.store);
            store.received_push = true;
            // A newer push of other code may have locked the store first.
            let is_outdated = {
                let pushes = lock(&self.pushes);
                let newest = pushes.in_progress.as_ref();
                newest.is_none_or(|it| it.digest != digest)
                    && read_at.is_some_and(|it| it < pushes.newest_read_at)
            };
            if is_outdated {
                drop(store);
                return self.outdated(digest);
            }
            let usable = Some(digest)
                .filter(|digest| Generations::is_digest(digest))
                .ok_or_else(|| "the digest is invalid.".to_owned())
                .and_then(|digest| store.check_usable(digest));
            if let Err(reason) = usable {
                let message = format!("Code {} was not started: {reason}", short_digest(digest));
                return error_response("not_usable", &message);
            }
            if store.running() == digest && store.state.pending.is_none() {
                drop(store);
                self.supervisor.prepare_standby();
                self.update_report(|report| report.failed_edit = None);
                return json!({"ok": true, "running": digest, "changed": false});
            }
            let mut version = store.generations.version(digest);
            if let Database::Restore(backup) = database {
                version.prepare = Some(store.restore_args(digest, backup));
            }
            let saved = match database {
                Database::Migrate => store.set_pending_migration(digest),
                Database::Unchanged | Database::Restore(_) => store.set_pending(digest),
            };
            if let Err(error) = saved {
                let message = format!(
                    "The code was not started: hot/state.json can't be written ({error}). \
                     Free disk space, then try again."
                );
                return error_response("not_saved", &message);
            }
            version
        };
        let rolling = matches!(database, Database::Unchanged);
        match self.supervisor.replace(version, rolling) {
            Ok(_) => {
                self.update_report(|report| {
                    report.failed_edit = None;
                    report.patches += 1;
                });
                let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                log::info!("code {} is ready after {ms} ms", short_digest(digest));
                json!({"ok": true, "running": digest, "changed": true, "ms": ms})
            }
            Err(error) => self.on_rejected(digest, error, rolling),
        }
    }

    fn on_rejected(&self, digest: &str, error: BackendError, rolling: bool) -> Value {
        let mut store = lock(&self.store);
        let error = store.generations.map_error_to_origin(digest, error);
        let message = developer_message(&error.failure);
        let message = store.generations.map_to_origin(digest, &message);
        store.on_rejected(digest, &error.failure, &message);
        drop(store);
        if !matches!(error.failure, Failure::Superseded | Failure::Stopping) {
            let consequence = if rolling { PREVIOUS_CODE_RUNS } else { "" };
            let failed = FailedEdit::new(digest, &message, &error, consequence);
            self.update_report(|report| {
                // If another version is started, `GenerationSelector::on_failure` has reported it.
                let reported = (report.failed_edit)
                    .take_if(|it| it.digest == digest && it.title.ends_with(PREVIOUS_CODE_STARTS));
                report.failed_edit = Some(reported.unwrap_or(failed));
            });
        }
        json!({
            "ok": false,
            "code": error.failure.code(),
            "message": message,
            "log_tail": error.log_tail,
        })
    }

    fn openapi(&self) -> Result<String, Box<dyn Error>> {
        let backend = self.supervisor.start()?;
        let client = reqwest::blocking::Client::builder()
            .no_proxy()
            .timeout(OPENAPI_TIMEOUT)
            .build()?;
        let response = client
            .get(format!(
                "{}{}/openapi.json",
                backend.base_url,
                shell::config(&self.app).api_path
            ))
            .header("X-Launch-Token", backend.launch_token.expose())
            .send()?;
        Ok(response.error_for_status()?.text()?)
    }

    fn update_report(&self, change: impl FnOnce(&mut Report)) {
        change(&mut lock(&self.report));
        self.emit_report();
    }

    fn emit_report(&self) {
        report::emit(&self.app, &self.report);
    }
}

/// Emits the current report to the page, if hot patching is enabled.
pub fn emit_report(app: &AppHandle) {
    if let Some(hot) = tauri::Manager::try_state::<Arc<HotPatchServer>>(app) {
        hot.emit_report();
    }
}

fn error_response(code: &str, message: &str) -> Value {
    json!({"ok": false, "code": code, "message": message, "log_tail": []})
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
