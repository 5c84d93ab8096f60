//! A backend for the supervisor's tests. Its first argument selects its behavior; files in its working directory control it.
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
static NOT_READY: AtomicBool = AtomicBool::new(false);
static WRONG_DIGEST: AtomicBool = AtomicBool::new(false);
static IGNORE_DRAIN: AtomicBool = AtomicBool::new(false);
static CHECKS: AtomicU32 = AtomicU32::new(0);

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
    rename("starting.pid", &format!("{role}.pid"));
    if role == "standby" {
        role = read_command().unwrap_or_else(|| exit(0));
        fs::write("selected.pid", std::process::id().to_string()).unwrap();
        rename("selected.pid", &format!("{role}.pid"));
    }
    handed_over::receive();
    match role.as_str() {
        "serve" | "serve_next" => serve(200, true),
        "paused_at_start" => {
            pause();
            serve(200, true);
        }
        "hang_after_first_start" if is_first_start() || Path::new("fixed").exists() => {
            serve(200, true);
        }
        "fail_after_first_start" if is_first_start() => serve(200, true),
        "unhealthy" => serve(500, true),
        "redirect" => serve(302, true),
        "show_env" => {
            let names: Vec<_> = env::vars()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            fs::write("env.txt", names.join("\n")).unwrap();
            serve(200, true);
        }
        "not_ready" => {
            NOT_READY.store(true, Ordering::SeqCst);
            serve(200, true);
        }
        "wrong_digest" => {
            WRONG_DIGEST.store(true, Ordering::SeqCst);
            serve(200, true);
        }
        "ignore_drain" => {
            IGNORE_DRAIN.store(true, Ordering::SeqCst);
            serve(200, true);
        }
        "exit" => {
            eprintln!("Traceback: the reason is here");
            exit(3);
        }
        "abort" => std::process::abort(),
        "fail" | "fail_after_first_start" => fail(),
        "fail_import" => {
            println!(r#"{{"event": "failed", "code": "import_failed", "message": "No module."}}"#);
            exit(1);
        }
        "malformed_ready" => {
            println!(r#"{{"event": "ready", "port": "many"}}"#);
            wait_for_stop();
        }
        "wrong_pid" => {
            emit_ready(&socket(), std::process::id() + 1);
            wait_for_stop();
        }
        "wrong_address" => {
            emit_ready(
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
        "lock_and_wait" => {
            lock_data_dir();
            fs::write("locked", "").unwrap();
            wait_for("go");
            serve(200, true);
        }
        "hang" | "hang_after_first_start" => hang(),
        "migrate" => {
            for _ in 0..40 {
                emit_progress();
            }
            serve(200, true);
        }
        "migrate_forever" => loop {
            emit_progress();
        },
        "ignore_shutdown" => {
            ctrlc::set_handler(|| {}).unwrap();
            Command::new(env::current_exe().unwrap())
                .arg("ignore_shutdown_child")
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
            wait_for("ignore_shutdown_child.pid");
            serve(200, false);
        }
        "ignore_shutdown_child" => {
            ctrlc::set_handler(|| {}).unwrap();
            loop {
                thread::park();
            }
        }
        "fail_until_fixed" => {
            if Path::new("fixed").exists() {
                serve(200, true);
            }
            exit(3);
        }
        role => panic!("unknown role: {role}"),
    }
}

/// Renames `from` to `to`, and retries on Windows while a test has the file `to` open.
fn rename(from: &str, to: &str) {
    while let Err(error) = fs::rename(from, to) {
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_first_start() -> bool {
    fs::read_to_string("starts").unwrap().lines().count() == 1
}

fn fail() -> ! {
    println!(
        r#"{{"event": "failed", "code": "data_dir_unwritable", "message": "Can't write. Free disk space."}}"#
    );
    exit(1);
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}

/// Does not respond until the file `go` exists, as if a debugger paused it. Emits `paused` events unless the file
/// `stop_reporting` exists.
fn pause() {
    STALLED.store(true, Ordering::SeqCst);
    let mut count = 0;
    while !Path::new("go").exists() {
        if !Path::new("stop_reporting").exists() {
            count += 1;
            println!(r#"{{"event": "paused"}}"#);
            fs::write(format!("paused.{count}"), "").unwrap();
        }
        thread::sleep(Duration::from_millis(20));
    }
    STALLED.store(false, Ordering::SeqCst);
    println!(r#"{{"event": "resumed"}}"#);
}

fn emit_progress() {
    println!(r#"{{"event": "progress", "step": "migrating"}}"#);
    thread::sleep(Duration::from_millis(25));
}

fn serve(status: u16, handle_stdin: bool) {
    lock_data_dir();
    let socket = if env::var_os("CANDIDATE").is_some() {
        TcpListener::bind("127.0.0.1:0").unwrap()
    } else {
        socket()
    };
    emit_ready(&socket, std::process::id());
    if handle_stdin {
        thread::spawn(move || handle_commands(status));
    }
    accept(&socket, status);
}

fn handle_commands(status: u16) -> ! {
    while let Some(command) = read_command() {
        match command.as_str() {
            "serve" => {
                let socket = socket();
                let port = socket.local_addr().unwrap().port();
                println!(r#"{{"event": "serving", "address": "127.0.0.1", "port": {port}}}"#);
                thread::spawn(move || accept(&socket, status));
            }
            "drain" => {
                if IGNORE_DRAIN.load(Ordering::SeqCst) {
                    fs::write("draining.tmp", std::process::id().to_string()).unwrap();
                    fs::rename("draining.tmp", "draining.pid").unwrap();
                    wait_for("go");
                }
                fs::write("drained", "").unwrap();
                println!(r#"{{"event": "draining"}}"#);
                if !IGNORE_DRAIN.load(Ordering::SeqCst) {
                    exit(0);
                }
            }
            command => panic!("no such command: {command}"),
        }
    }
    if IGNORE_DRAIN.load(Ordering::SeqCst) {
        hang();
    }
    fs::write("stopped_cleanly", "").unwrap();
    exit(0);
}

/// Reads one line of stdin without reading ahead.
fn read_command() -> Option<String> {
    let (mut command, mut byte) = (Vec::new(), [0]);
    loop {
        if std::io::stdin().read(&mut byte).unwrap() == 0 {
            return None;
        }
        if byte == *b"\n" {
            return Some(String::from_utf8(command).unwrap());
        }
        command.push(byte[0]);
    }
}

fn accept(socket: &TcpListener, status: u16) {
    for stream in socket.incoming() {
        let stream = stream.unwrap();
        thread::spawn(move || respond(stream, status));
    }
}

fn respond(mut stream: TcpStream, status: u16) {
    let mut request = String::new();
    let mut reader = BufReader::new(&stream);
    while reader.read_line(&mut request).unwrap() > 2 {}
    if request.starts_with("GET /exit ") {
        eprintln!("Traceback: exit requested");
        exit(7);
    }
    if request.starts_with("GET /forever ") {
        stream.write_all(b"H").unwrap();
        hang();
    }
    if request.starts_with("GET /pause ") {
        pause();
    }
    if request.starts_with("GET /stall ") {
        STALLED.store(true, Ordering::SeqCst);
        hang();
    }
    let (status, body) = if request.contains("health") {
        (health(status), "true".into())
    } else if request.contains("/utils/ready/") {
        let (pid, digest) = (std::process::id(), digest());
        let status = if NOT_READY.load(Ordering::SeqCst) {
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

/// Status of a health check, controlled by the files `busy`, `go` and `unhealthy_now`.
fn health(status: u16) -> u16 {
    if STALLED.load(Ordering::SeqCst) {
        hang();
    }
    if Path::new("busy").exists() {
        let number = CHECKS.fetch_add(1, Ordering::SeqCst) + 1;
        fs::write(format!("check.{number}"), "").unwrap();
        wait_for("go");
    }
    if Path::new("unhealthy_now").exists() {
        return 500;
    }
    status
}

fn lock_data_dir() {
    static ONCE: AtomicBool = AtomicBool::new(false);
    if ONCE.swap(true, Ordering::SeqCst) {
        return;
    }
    let file = handed_over::lock_file();
    for _ in 0..100 {
        if handed_over::try_lock(&file) {
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
    // The previous process may have changed it, as asyncio does.
    socket.set_nonblocking(false).unwrap();
    socket
}

/// Socket and lock file as inherited descriptors.
#[cfg(unix)]
mod handed_over {
    use std::{env, fs::File, net::TcpListener, os::fd::FromRawFd};

    pub fn receive() {}

    pub fn lock_file() -> File {
        let fd = env::var("LOCK_FD").unwrap().parse().unwrap();
        // SAFETY: the supervisor opened the descriptor for this process, and it is used once.
        unsafe { File::from_raw_fd(fd) }
    }

    pub fn try_lock(file: &File) -> bool {
        file.try_lock().is_ok()
    }

    pub fn socket() -> TcpListener {
        let fd = env::var("LISTEN_FD").unwrap().parse().unwrap();
        // SAFETY: the supervisor opened the descriptor for this process, and it is used once.
        unsafe { TcpListener::from_raw_fd(fd) }
    }
}

/// Socket and lock file from the `handover` line on stdin.
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

    /// Reads the `handover` line: the first line on stdin, or in a standby process the line after its command.
    pub fn receive() {
        if let Some(line) = super::read_command() {
            let record = line.strip_prefix("handover ").unwrap();
            RECORD.set(serde_json::from_str(record).unwrap()).unwrap();
        }
    }

    pub fn lock_file() -> File {
        let handle = RECORD.get().unwrap()["lock"].as_u64().unwrap();
        let handle = ptr::without_provenance_mut(usize::try_from(handle).unwrap());
        // SAFETY: the supervisor duplicated the handle for this process, and it is used once.
        unsafe { File::from_raw_handle(handle) }
    }

    /// The supervisor holds the lock: checks only that the handle is valid.
    pub fn try_lock(file: &File) -> bool {
        file.metadata().unwrap().is_file()
    }

    pub fn socket() -> TcpListener {
        let record = RECORD.get().unwrap()["socket"].as_str().unwrap();
        let bytes = STANDARD.decode(record).unwrap();
        assert_eq!(bytes.len(), size_of::<WSAPROTOCOL_INFOW>());
        // SAFETY: `bytes` is the structure that the supervisor wrote, and each one is used once.
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

fn emit_ready(socket: &TcpListener, pid: u32) {
    let port = socket.local_addr().unwrap().port();
    println!(
        r#"{{"event": "ready", "address": "127.0.0.1", "port": {port}, "pid": {pid}, "version": "0.1.0", "contract": 1, "code_digest": "{}", "schema_revision": "1"}}"#,
        digest()
    );
}

fn digest() -> &'static str {
    if WRONG_DIGEST.load(Ordering::SeqCst) {
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
