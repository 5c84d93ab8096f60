//! Duplicates the listening socket and the lock file for a running process: Windows has no inheritance by descriptor number.

#![allow(unsafe_code)]

use std::{
    fs::File,
    io::{self, ErrorKind},
    mem,
    net::TcpListener,
    os::windows::io::{AsRawHandle, AsRawSocket},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use process_wrap::std::ChildWrapper;
use serde_json::{Value, json};
use windows::Win32::{
    Foundation::{DUPLICATE_SAME_ACCESS, DuplicateHandle, HANDLE},
    Networking::WinSock::{SOCKET, WSADuplicateSocketW, WSAPROTOCOL_INFOW},
    System::Threading::GetCurrentProcess,
};

/// The `handover` line for the stdin of `child`: the socket's `WSAPROTOCOL_INFOW` in base64, and the lock file's handle. Both are valid
/// in that process only.
///
/// # Errors
/// If the system can't duplicate the handles, for example because `child` has exited.
pub(super) fn line(
    child: &dyn ChildWrapper,
    listener: &TcpListener,
    lock: Option<&File>,
) -> io::Result<String> {
    let socket = STANDARD.encode(share(listener, child.id())?);
    let lock = lock.map(|file| duplicate(file, child)).transpose()?;
    let record: Value = json!({"socket": socket, "lock": lock});
    Ok(format!("handover {record}"))
}

/// The `WSAPROTOCOL_INFOW` with which process `pid` can open the socket once.
fn share(listener: &TcpListener, pid: u32) -> io::Result<Vec<u8>> {
    let socket = SOCKET(usize::try_from(listener.as_raw_socket()).map_err(io::Error::other)?);
    let mut info = WSAPROTOCOL_INFOW::default();
    // SAFETY: the socket is open for as long as `listener` is borrowed, and the call fills `info`.
    if unsafe { WSADuplicateSocketW(socket, pid, &raw mut info) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: `info` is a plain structure of integers without padding, initialized by the call, and read as bytes.
    let bytes = unsafe {
        std::slice::from_raw_parts(
            (&raw const info).cast::<u8>(),
            mem::size_of::<WSAPROTOCOL_INFOW>(),
        )
    };
    Ok(bytes.to_vec())
}

/// Duplicates the handle of `file` into `child` and returns its value there.
fn duplicate(file: &File, child: &dyn ChildWrapper) -> io::Result<usize> {
    let process = child.process_handle().ok_or(ErrorKind::Unsupported)?;
    let mut duplicated = HANDLE::default();
    // SAFETY: both handles are open for as long as they are borrowed, and the call fills `duplicated`.
    unsafe {
        DuplicateHandle(
            GetCurrentProcess(),
            HANDLE(file.as_raw_handle()),
            HANDLE(process.as_raw_handle()),
            &raw mut duplicated,
            0,
            false,
            DUPLICATE_SAME_ACCESS,
        )?;
    }
    Ok(duplicated.0.addr())
}
