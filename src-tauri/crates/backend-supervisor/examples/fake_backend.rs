//! A backend for the supervisor's tests: it does what its first argument says, in the directory it runs in.
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::zombie_processes,
    clippy::too_many_lines
)]

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio, exit},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::Duration,
};

static STALLED: AtomicBool = AtomicBool::new(false);
static UNREADY: AtomicBool = AtomicBool::new(false);
static OTHER_CODE: AtomicBool = AtomicBool::new(false);
static CLINGY: AtomicBool = AtomicBool::new(false);
static ASKED: AtomicU32 = AtomicU32::new(0);

fn main() {
    let mut role = env::args().nth(1).unwrap_or_default();
    fs::write("starting.pid", std::process::id().to_string()).unwrap();
    writeln!(
        File::options()
            .append(true)
            .create(true)
            .open("starts")
            .unwrap(),
        "{role}"
    )
    .unwrap();
    replace("starting.pid", &format!("{role}.pid"));
    if role == "standby" {
        role = read_word().unwrap_or_else(|| exit(0));
        fs::write("ordered.pid", std::process::id().to_string()).unwrap();
        replace("ordered.pid", &format!("{role}.pid"));
    }
    handed_over::receive();
    match role.as_str() {
        "serve" | "unproved" => serve(200, true),
        "paused_at_start" => {
            pause();
            serve(200, true);
        }
        "hang_after_the_first" if first() || Path::new("mended").exists() => serve(200, true),
        "refuse_after_the_first" if first() => serve(200, true),
        "unhealthy" => serve(500, true),
        "redirecting" => serve(302, true),
        "show_env" => {
            let names: Vec<_> = env::vars()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            fs::write("env.txt", names.join("\n")).unwrap();
            serve(200, true);
        }
        "unready" => {
            UNREADY.store(true, Ordering::SeqCst);
            serve(200, true);
        }
        "other_code" => {
            OTHER_CODE.store(true, Ordering::SeqCst);
            serve(200, true);
        }
        "clingy" => {
            CLINGY.store(true, Ordering::SeqCst);
            serve(200, true);
        }
        "die" => {
            eprintln!("Traceback: the reason is here");
            exit(3);
        }
        "killed" => std::process::abort(),
        "refuse" | "refuse_after_the_first" => refuse(),
        "refuse_import" => {
            println!(r#"{{"event": "failed", "code": "import_failed", "message": "No module."}}"#);
            exit(1);
        }
        "mumble" => {
            println!(r#"{{"event": "ready", "port": "many"}}"#);
            wait_for_stop();
        }
        "impostor" => {
            say_ready(&socket(), std::process::id() + 1);
            wait_for_stop();
        }
        "elsewhere" => {
            say_ready(
                &TcpListener::bind("127.0.0.1:0").unwrap(),
                std::process::id(),
            );
            wait_for_stop();
        }
        "flood" => {
            let line = "x".repeat(1000);
            thread::scope(|scope| {
                scope.spawn(|| (0..20_000).for_each(|n| println!("{n} {line}")));
                scope.spawn(|| (0..20_000).for_each(|n| eprintln!("{n} {line}")));
            });
            print!("{}", "no end ".repeat(100_000));
            println!();
            serve(200, true);
        }
        "wait_for_go" => {
            wait_for("go");
            serve(200, true);
        }
        "wait_and_hold" => {
            hold();
            fs::write("holds", "").unwrap();
            wait_for("go");
            serve(200, true);
        }
        "silent" | "hang_after_the_first" => silent(),
        "migrate" => {
            for _ in 0..40 {
                say_progress();
            }
            serve(200, true);
        }
        "migrate_for_ever" => loop {
            say_progress();
        },
        "stubborn" => {
            ctrlc::set_handler(|| {}).unwrap();
            Command::new(env::current_exe().unwrap())
                .arg("stubborn_grandchild")
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
            wait_for("stubborn_grandchild.pid");
            serve(200, false);
        }
        "stubborn_grandchild" => {
            ctrlc::set_handler(|| {}).unwrap();
            loop {
                thread::park();
            }
        }
        "broken_until_mended" => {
            if Path::new("mended").exists() {
                serve(200, true);
            }
            exit(3);
        }
        role => panic!("no such role: {role}"),
    }
}

/// Windows refuses while a test reads the file that is there.
fn replace(new: &str, old: &str) {
    while let Err(error) = fs::rename(new, old) {
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn first() -> bool {
    fs::read_to_string("starts").unwrap().lines().count() == 1
}

fn refuse() -> ! {
    println!(
        r#"{{"event": "failed", "code": "data_dir_unwritable", "message": "Can't write. Make room."}}"#
    );
    exit(1);
}

fn silent() -> ! {
    loop {
        thread::park();
    }
}

/// Gives no answers, as while a debugger stops it, until there is a file `go`. Says so, unless there is one `silent`.
fn pause() {
    STALLED.store(true, Ordering::SeqCst);
    let mut said = 0;
    while !Path::new("go").exists() {
        if !Path::new("silent").exists() {
            said += 1;
            println!(r#"{{"event": "paused"}}"#);
            fs::write(format!("paused.{said}"), "").unwrap();
        }
        thread::sleep(Duration::from_millis(20));
    }
    STALLED.store(false, Ordering::SeqCst);
    println!(r#"{{"event": "resumed"}}"#);
}

fn say_progress() {
    println!(r#"{{"event": "progress", "step": "migrating"}}"#);
    thread::sleep(Duration::from_millis(25));
}

fn serve(status: u16, heed_stdin: bool) {
    hold();
    let socket = if env::var_os("ON_TRIAL").is_some() {
        TcpListener::bind("127.0.0.1:0").unwrap()
    } else {
        socket()
    };
    say_ready(&socket, std::process::id());
    if heed_stdin {
        thread::spawn(move || heed(status));
    }
    accept(&socket, status);
}

fn heed(status: u16) -> ! {
    while let Some(word) = read_word() {
        match word.as_str() {
            "serve" => {
                let socket = socket();
                let port = socket.local_addr().unwrap().port();
                println!(r#"{{"event": "serving", "address": "127.0.0.1", "port": {port}}}"#);
                thread::spawn(move || accept(&socket, status));
            }
            "drain" => {
                if CLINGY.load(Ordering::SeqCst) {
                    fs::write("asking.pid", std::process::id().to_string()).unwrap();
                    fs::rename("asking.pid", "asked_to_drain.pid").unwrap();
                    wait_for("go");
                }
                fs::write("drained", "").unwrap();
                println!(r#"{{"event": "draining"}}"#);
                if !CLINGY.load(Ordering::SeqCst) {
                    exit(0);
                }
            }
            word => panic!("no such word: {word}"),
        }
    }
    if CLINGY.load(Ordering::SeqCst) {
        silent();
    }
    fs::write("stopped_cleanly", "").unwrap();
    exit(0);
}

/// A line of stdin, and nothing beyond it.
fn read_word() -> Option<String> {
    let (mut word, mut byte) = (Vec::new(), [0]);
    loop {
        if std::io::stdin().read(&mut byte).unwrap() == 0 {
            return None;
        }
        if byte == *b"\n" {
            return Some(String::from_utf8(word).unwrap());
        }
        word.push(byte[0]);
    }
}

fn accept(socket: &TcpListener, status: u16) {
    for stream in socket.incoming() {
        let stream = stream.unwrap();
        thread::spawn(move || answer(stream, status));
    }
}

fn answer(mut stream: TcpStream, status: u16) {
    let mut request = String::new();
    let mut reader = BufReader::new(&stream);
    while reader.read_line(&mut request).unwrap() > 2 {}
    if request.starts_with("GET /die ") {
        eprintln!("Traceback: asked to die");
        exit(7);
    }
    if request.starts_with("GET /forever ") {
        stream.write_all(b"H").unwrap();
        silent();
    }
    if request.starts_with("GET /pause ") {
        pause();
    }
    if request.starts_with("GET /stall ") {
        STALLED.store(true, Ordering::SeqCst);
        silent();
    }
    let (status, body) = if request.contains("health") {
        (health(status), "true".into())
    } else if request.contains("/utils/ready/") {
        let (pid, digest) = (std::process::id(), digest());
        let status = if UNREADY.load(Ordering::SeqCst) {
            503
        } else {
            200
        };
        (
            status,
            format!(r#"{{"pid": {pid}, "code_digest": "{digest}"}}"#),
        )
    } else {
        (status, std::process::id().to_string())
    };
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:1/\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

/// Does as the files in its directory say.
fn health(status: u16) -> u16 {
    if STALLED.load(Ordering::SeqCst) {
        silent();
    }
    if Path::new("busy").exists() {
        let number = ASKED.fetch_add(1, Ordering::SeqCst) + 1;
        fs::write(format!("asked.{number}"), "").unwrap();
        wait_for("go");
    }
    if Path::new("unwell").exists() {
        return 500;
    }
    status
}

fn hold() {
    static ONCE: AtomicBool = AtomicBool::new(false);
    if ONCE.swap(true, Ordering::SeqCst) {
        return;
    }
    let file = handed_over::lock();
    for _ in 0..100 {
        if handed_over::is_locked(&file) {
            std::mem::forget(file);
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    println!(r#"{{"event": "failed", "code": "data_dir_in_use", "message": "In use."}}"#);
    exit(1);
}

fn socket() -> TcpListener {
    let socket = handed_over::socket();
    // Whoever had it before may have set otherwise, as asyncio does.
    socket.set_nonblocking(false).unwrap();
    socket
}

/// What the supervisor hands over, as the backend takes it: inherited descriptors.
#[cfg(unix)]
mod handed_over {
    use std::{env, fs::File, net::TcpListener, os::fd::FromRawFd};

    pub fn receive() {}

    pub fn lock() -> File {
        let fd = env::var("LOCK_FD").unwrap().parse().unwrap();
        // SAFETY: as for the socket.
        unsafe { File::from_raw_fd(fd) }
    }

    pub fn is_locked(file: &File) -> bool {
        file.try_lock().is_ok()
    }

    pub fn socket() -> TcpListener {
        let fd = env::var("LISTEN_FD").unwrap().parse().unwrap();
        // SAFETY: whoever started this process opened the descriptor for it, and nothing else here knows of it.
        unsafe { TcpListener::from_raw_fd(fd) }
    }
}

/// What the supervisor hands over, as the backend takes it: a line of stdin.
#[cfg(windows)]
mod handed_over {
    use std::{
        fs::File,
        net::TcpListener,
        os::windows::io::{FromRawHandle, FromRawSocket},
        ptr,
        sync::OnceLock,
    };

    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::Value;
    use windows::Win32::Networking::WinSock::{
        FROM_PROTOCOL_INFO, WSA_FLAG_OVERLAPPED, WSADATA, WSAPROTOCOL_INFOW, WSASocketW, WSAStartup,
    };

    static RECORD: OnceLock<Value> = OnceLock::new();

    /// Must be called before anything else reads stdin.
    pub fn receive() {
        if let Some(line) = super::read_word() {
            let record = line.strip_prefix("handover ").unwrap();
            RECORD.set(serde_json::from_str(record).unwrap()).unwrap();
        }
    }

    pub fn lock() -> File {
        let handle = RECORD.get().unwrap()["lock"].as_u64().unwrap();
        let handle = ptr::without_provenance_mut(usize::try_from(handle).unwrap());
        // SAFETY: the supervisor duplicated it for this process, and nothing else here knows of it.
        unsafe { File::from_raw_handle(handle) }
    }

    pub fn is_locked(file: &File) -> bool {
        file.metadata().unwrap().is_file()
    }

    pub fn socket() -> TcpListener {
        let record = RECORD.get().unwrap()["socket"].as_str().unwrap();
        let bytes = STANDARD.decode(record).unwrap();
        assert_eq!(bytes.len(), size_of::<WSAPROTOCOL_INFOW>());
        // SAFETY: `bytes` holds the structure as the supervisor wrote it, and each is used once.
        unsafe {
            let mut started = WSADATA::default();
            assert_eq!(WSAStartup(0x0202, &raw mut started), 0);
            let info = ptr::read_unaligned(bytes.as_ptr().cast::<WSAPROTOCOL_INFOW>());
            let any = FROM_PROTOCOL_INFO;
            let socket = WSASocketW(any, any, any, Some(&raw const info), 0, WSA_FLAG_OVERLAPPED);
            TcpListener::from_raw_socket(u64::try_from(socket.unwrap().0).unwrap())
        }
    }
}

fn say_ready(socket: &TcpListener, pid: u32) {
    let port = socket.local_addr().unwrap().port();
    println!(
        r#"{{"event": "ready", "address": "127.0.0.1", "port": {port}, "pid": {pid}, "version": "0.1.0", "contract": 1, "code_digest": "{}", "schema_revision": "1"}}"#,
        digest()
    );
}

fn digest() -> &'static str {
    if OTHER_CODE.load(Ordering::SeqCst) {
        "sha256:1"
    } else {
        "sha256:0"
    }
}

fn wait_for_stop() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn wait_for(file: &str) {
    while !Path::new(file).exists() {
        thread::sleep(Duration::from_millis(5));
    }
}
