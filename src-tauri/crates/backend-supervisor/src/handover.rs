//! Hands the listening socket and the lock file to a process that runs already. Windows knows no inheritance by number:
//! a socket is duplicated for the id of the process that takes it.

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

/// The line of stdin that hands both over to `child`, which alone can use it.
///
/// # Errors
/// When the system refuses, for one because `child` has ended.
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

/// The `WSAPROTOCOL_INFOW` by which process `pid` opens the socket, once.
fn share(listener: &TcpListener, pid: u32) -> io::Result<Vec<u8>> {
    let socket = SOCKET(usize::try_from(listener.as_raw_socket()).map_err(io::Error::other)?);
    let mut info = WSAPROTOCOL_INFOW::default();
    // SAFETY: the socket is open for as long as `listener` is borrowed, and `info` is what the call fills.
    if unsafe { WSADuplicateSocketW(socket, pid, &raw mut info) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a plain structure of integers without gaps, which the call has filled, read as the bytes that it consists of.
    let bytes = unsafe {
        std::slice::from_raw_parts(
            (&raw const info).cast::<u8>(),
            mem::size_of::<WSAPROTOCOL_INFOW>(),
        )
    };
    Ok(bytes.to_vec())
}

/// A handle of `file`, by its number in `child`.
fn duplicate(file: &File, child: &dyn ChildWrapper) -> io::Result<usize> {
    let process = child.process_handle().ok_or(ErrorKind::Unsupported)?;
    let mut duplicated = HANDLE::default();
    // SAFETY: both handles are open for as long as they are borrowed, and `duplicated` is what the call fills.
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
