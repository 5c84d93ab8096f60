use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// More than this of one line is passed on as the next: a line that never ends must not fill the memory.
const MAX_LINE_BYTES: u64 = 64 * 1024;
const TAIL_LINES: usize = 200;

/// The last lines a process wrote.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    /// Keeps the line, and passes it on to the shell's log.
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

/// Reads `pipe` to its end in a thread of its own: a pipe that nobody reads fills up and hangs the writer.
pub(super) fn drain(
    pipe: impl Read + Send + 'static,
    mut on_line: impl FnMut(String) + Send + 'static,
    on_end: impl FnOnce() + Send + 'static,
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
            on_end();
        })?;
    Ok(())
}
