//! Log lines (`-v`, `-vv`) on their way from `tracing` to the console, so that they and the bars leave each other alone.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use super::console::{Console, printable};

/// Gives `tracing` a writer for each log line. Who logs keeps secrets out of the line; here nobody could tell them apart.
#[derive(Clone)]
pub struct LogWriter(Console);

impl LogWriter {
    pub(super) fn new(console: Console) -> Self {
        Self(console)
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine { console: self.0.clone(), text: Vec::new() }
    }
}

/// One log line, written as a whole when it is complete.
pub struct LogLine {
    console: Console,
    text: Vec<u8>,
}

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        if !text.is_empty() {
            self.console.say(&printable(text.trim_end_matches('\n')));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::console::{Console, Talk};

    #[test]
    fn log_lines_are_whole_and_harmless() {
        let (console, written) = Console::in_memory(Talk::Quiet);
        let subscriber = tracing_subscriber::fmt()
            .with_writer(console.log_writer())
            .without_time()
            .with_target(false)
            .with_max_level(tracing::Level::INFO)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("GET /v2/ 200 \u{202e}");
            tracing::debug!("not asked for");
        });
        assert_eq!(written.err(), " INFO GET /v2/ 200 \\u{202e}\n");
    }
}
