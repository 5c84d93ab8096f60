//! Hot patching of the backend's code, in debug builds only: this module is not compiled into a release.

mod channel;
mod digest;
mod generations;
mod journal;
mod pointer;
mod report;
mod resolver;
mod store;

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
    BackendError, CONTRACT, Failure, Launch, LaunchToken, State, Supervisor, files::write_atomic,
};

use crate::{Config, launch, server, shell};
use generations::{Base, Generations};
pub use report::Report;
use report::{Broken, for_developers};
use resolver::Resolver;
use store::{Store, short};

const FOLDER: &str = "hot";
const DEBUGGER: &str = "BACKEND_DEBUGGER";
const OPENAPI_WITHIN: Duration = Duration::from_secs(10);

/// What becomes of the database when other code takes over.
enum Database {
    Stays,
    Migrates,
    /// From this backup.
    Restored(PathBuf),
}

/// Pushes, reports and the way back.
pub struct Hot {
    app: AppHandle,
    store: Arc<Mutex<Store>>,
    supervisor: Arc<Supervisor>,
    report: Arc<Mutex<Report>>,
    about: PathBuf,
    pushes: Mutex<Pushes>,
}

/// The order of the pushes.
#[derive(Debug, Default)]
struct Pushes {
    /// The push that was begun last and is not over.
    under_way: Option<Arc<Push>>,
    /// When the source of the newest push was read, in nanoseconds of the system's monotonic clock. An older one that
    /// arrives later must not replace it.
    newest_read_at: u64,
}

/// One that others who push the same wait for.
#[derive(Debug)]
struct Push {
    digest: String,
    outcome: OnceLock<Value>,
}

/// Starts the backend's supervisor with the generations of code that were pushed, and listens for more.
///
/// # Errors
/// When there is no thread or no socket. A folder that can't be used only means that what was installed runs.
pub fn create_supervisor(
    app: &AppHandle,
    data_dir: Option<&Path>,
    mut launch: Launch,
) -> Result<Arc<Supervisor>, Box<dyn Error>> {
    // `make dev DEBUG=1` names the folder that contains debugpy.
    let debugger = env::var_os(DEBUGGER).map(|packages| (DEBUGGER.into(), packages));
    launch.env.extend(debugger);
    let announce = app.clone();
    let on_state = move |state: &State| shell::emit_state(&announce, state);
    let runtime = launch.manifest.with_file_name("");
    let interpreter = launch.program.clone();
    let opened = data_dir.ok_or_else(|| "the data dir is not this user's alone".into());
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
            log::warn!("no hot patching: {error}");
            return Ok(Arc::new(Supervisor::new(launch, on_state)?));
        }
    };
    let report = Arc::default();
    let resolver = Resolver {
        app: app.clone(),
        store: Arc::clone(&store),
        report: Arc::clone(&report),
    };
    let supervisor = Supervisor::with_versions(launch, Box::new(resolver), on_state)?;
    let supervisor = Arc::new(supervisor);
    let hot = Arc::new(Hot {
        app: app.clone(),
        store,
        supervisor: Arc::clone(&supervisor),
        report,
        about: data_dir.join(FOLDER).join("app.json"),
        pushes: Mutex::default(),
    });
    let listener = channel::bind()?;
    let token = LaunchToken::new()?.expose().to_owned();
    let about = hot.about(&interpreter, listener.local_addr()?.port(), &token);
    write_atomic(&hot.about, about.to_string().as_bytes())?;
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
    let base = Base {
        digest: digest::of(&source)?,
        origin: checkout.join(source_folder(checkout)?),
        module_args: config.module_args().iter().map(OsString::from).collect(),
        source,
    };
    let flags = launch::INTERPRETER_FLAGS
        .iter()
        .map(OsString::from)
        .collect();
    Ok(Store::open(data_dir.join(FOLDER), key, base, flags)?)
}

/// `source` in `[tool.python-backend]` of the checkout's pyproject.toml.
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
            "{} names no source in [tool.python-backend]",
            path.display()
        )
        .into()
    })
}

impl Hot {
    /// For `scripts/hot_patch`: what it pushes must fit this, and where to.
    fn about(&self, interpreter: &Path, port: u16, token: &str) -> Value {
        let store = lock(&self.store);
        let base = &store.generations.base;
        json!({
            "pid": std::process::id(),
            "port": port,
            "token": token,
            "key": store.generations.key,
            "base": {"digest": base.digest, "source": base.source},
            "interpreter": interpreter,
            "api_path": shell::config(&self.app).api_path,
        })
    }

    fn asked(&self, request: &Value) -> Value {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        if matches!(text("do"), "push" | "openapi") && !server::is_local(&self.app) {
            return refusal(
                "server_in_use",
                "The app uses a server's data, so it runs no Python of its own. \
                 Go back to this computer's data in Settings → Application, then try again.",
            );
        }
        match text("do") {
            "push" => {
                if request["again"] == json!(true) {
                    lock(&self.store).forgive(text("digest"));
                    self.tell(|report| report.broken = None);
                }
                let database = match (&request["migrate"], request["restore"].as_str()) {
                    (Value::Bool(true), _) => Database::Migrates,
                    (_, Some(backup)) => Database::Restored(backup.into()),
                    _ => Database::Stays,
                };
                self.push_once(text("digest"), request["read_at"].as_u64(), &database)
            }
            "status" => self.status(),
            "report" => {
                self.tell(|report| {
                    let (title, text) = (text("title").into(), text("text").into());
                    let digest = String::new();
                    report.broken = Some(Broken {
                        digest,
                        title,
                        text,
                    });
                });
                json!({"ok": true})
            }
            "clear" => {
                self.tell(|report| report.broken = None);
                json!({"ok": true})
            }
            "note" => {
                self.tell(|report| {
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
                Err(error) => refusal("unreachable", &error.to_string()),
            },
            "drift" => {
                self.tell(|report| report.drift = request["text"].as_str().map(str::to_owned));
                json!({"ok": true})
            }
            "openapi" => match self.openapi() {
                Ok(text) => json!({"ok": true, "openapi": text}),
                Err(error) => refusal("unreachable", &error.to_string()),
            },
            _ => refusal("unknown", "The app does not know what was asked."),
        }
    }

    fn status(&self) -> Value {
        let store = lock(&self.store);
        json!({
            "ok": true,
            "running": store.running(),
            "base": store.generations.base.digest,
            "state": store.pointer,
            "broken": lock(&self.report).broken,
        })
    }

    /// As `push`, but what is being tried already is not begun again: whoever asks for it learns how that ends.
    /// `read_at`: when its source was read, as in [`Pushes`].
    fn push_once(&self, digest: &str, read_at: Option<u64>, database: &Database) -> Value {
        let mine = Arc::new(Push {
            digest: digest.into(),
            outcome: OnceLock::new(),
        });
        {
            let mut pushes = lock(&self.pushes);
            let same = (pushes.under_way.as_ref())
                .filter(|it| it.digest == digest && matches!(database, Database::Stays));
            if let Some(push) = same.cloned() {
                pushes.newest_read_at = pushes.newest_read_at.max(read_at.unwrap_or_default());
                drop(pushes);
                return push.outcome.wait().clone();
            }
            if read_at.is_some_and(|it| it < pushes.newest_read_at) {
                drop(pushes);
                return self.outdated(digest);
            }
            pushes.newest_read_at = read_at.unwrap_or(pushes.newest_read_at);
            pushes.under_way = Some(Arc::clone(&mine));
        }
        let answer = self.push(digest, database);
        lock(&self.pushes)
            .under_way
            .take_if(|it| Arc::ptr_eq(it, &mine));
        let _ = mine.outcome.set(answer.clone());
        answer
    }

    /// A newer state of the source was pushed before `digest` arrived.
    fn outdated(&self, digest: &str) -> Value {
        let store = lock(&self.store);
        if store.running() == digest && store.pointer.pending.is_none() {
            return json!({"ok": true, "running": digest, "changed": false});
        }
        refusal(
            "outdated",
            "The source was saved again meanwhile, and the newer state was pushed.",
        )
    }

    /// Has a generation that lies in the store take over.
    fn push(&self, digest: &str, database: &Database) -> Value {
        let began = Instant::now();
        let version = {
            let mut store = lock(&self.store);
            let usable = Some(digest)
                .filter(|digest| Generations::is_digest(digest))
                .ok_or_else(|| "that is no digest.".to_owned())
                .and_then(|digest| store.usable(digest));
            if let Err(why) = usable {
                let message = format!("Code {} is not run: {why}", short(digest));
                return refusal("not_usable", &message);
            }
            if store.running() == digest && store.pointer.pending.is_none() {
                drop(store);
                self.tell(|report| report.broken = None);
                return json!({"ok": true, "running": digest, "changed": false});
            }
            let mut version = store.generations.version(digest);
            if let Database::Restored(backup) = database {
                version.prepare = Some(store.restore(digest, backup));
            }
            let tried = match database {
                Database::Migrates => store.try_migration(digest),
                Database::Stays | Database::Restored(_) => store.try_out(digest),
            };
            if let Err(error) = tried {
                let message = format!(
                    "Nothing was run: what is tried can't be written down in hot/state.json ({error}). \
                     Make room for it, then try again."
                );
                return refusal("not_kept", &message);
            }
            version
        };
        let beside = matches!(database, Database::Stays);
        match self.supervisor.replace(version, beside) {
            Ok(_) => {
                self.tell(|report| {
                    report.broken = None;
                    report.patches += 1;
                });
                let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                log::info!("code {} serves after {ms} ms", short(digest));
                json!({"ok": true, "running": digest, "changed": true, "ms": ms})
            }
            Err(error) => self.not_taken(digest, error),
        }
    }

    fn not_taken(&self, digest: &str, error: BackendError) -> Value {
        let mut store = lock(&self.store);
        let error = store.generations.error_at_origin(digest, error);
        let message = for_developers(&error.failure);
        let message = store.generations.at_origin(digest, &message);
        store.give_up(digest, &error.failure, &message);
        drop(store);
        if !matches!(error.failure, Failure::Superseded | Failure::Stopping) {
            let broken = Broken::new(digest, &message, &error);
            self.tell(|report| report.broken = Some(broken));
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
            .timeout(OPENAPI_WITHIN)
            .build()?;
        let answer = client
            .get(format!(
                "{}{}/openapi.json",
                backend.base_url,
                shell::config(&self.app).api_path
            ))
            .header("X-Launch-Token", backend.launch_token.expose())
            .send()?;
        Ok(answer.error_for_status()?.text()?)
    }

    fn tell(&self, change: impl FnOnce(&mut Report)) {
        change(&mut lock(&self.report));
        self.announce();
    }

    fn announce(&self) {
        report::announce(&self.app, &self.report);
    }
}

/// Tells the window how it stands, if there is anything to tell.
pub fn announce_to(app: &AppHandle) {
    if let Some(hot) = tauri::Manager::try_state::<Arc<Hot>>(app) {
        hot.announce();
    }
}

impl Drop for Hot {
    fn drop(&mut self) {
        // One that is left behind names a port where nobody listens.
        let _ = fs::remove_file(&self.about);
    }
}

fn refusal(code: &str, message: &str) -> Value {
    json!({"ok": false, "code": code, "message": message, "log_tail": []})
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
