use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// Longer lines are split, which bounds the memory for output without line breaks.
const MAX_LINE_BYTES: u64 = 64 * 1024;
const TAIL_LINES: usize = 200;

/// The last lines of a process's output.
#[derive(Debug, Clone, Default)]
pub(super) struct LogTail(Arc<Mutex<VecDeque<String>>>);

impl LogTail {
    /// Appends the line, and writes it to the shell's log.
    pub(super) fn push(&self, line: String) {
        log::info!(target: "backend", "{line}");
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == TAIL_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}

/// Reads `pipe` to its end in a new thread: the writer of a full pipe would block.
///
/// # Errors
/// If no thread can be spawned.
pub(super) fn read_lines(
    pipe: impl Read + Send + 'static,
    mut on_line: impl FnMut(String) + Send + 'static,
    on_close: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    thread::Builder::new()
        .name("backend output".into())
        .spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            while let Ok(1..) = reader
                .by_ref()
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut line)
            {
                on_line(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
            on_close();
        })?;
    Ok(())
}
