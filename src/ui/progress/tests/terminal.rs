//! A terminal in memory, because only the sum of all cursor movements shows whether lines and bars disturb each other.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use indicatif::TermLike;

/// A terminal: indicatif draws on it, and the console writes to it.
#[derive(Debug, Clone)]
pub(super) struct Terminal(Arc<Mutex<Grid>>);

#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Grid {
    /// Another size. What was written stays where it is, as far as it is still there.
    pub(super) fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.rows.iter_mut().for_each(|row| row.resize(width, ' '));
    }

    fn put(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\r' => self.column = 0,
                '\n' => (self.row, self.column) = (self.row + 1, 0),
                _ => {
                    if self.column == self.width {
                        (self.row, self.column) = (self.row + 1, 0);
                    }
                    let missing = (self.row + 1).saturating_sub(self.rows.len());
                    self.rows.extend(std::iter::repeat_n(vec![' '; self.width], missing));
                    self.rows[self.row][self.column] = c;
                    self.column += 1;
                }
            }
        }
    }
}

impl Terminal {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self(Arc::new(Mutex::new(Grid { width, height, ..Grid::default() })))
    }

    pub(super) fn grid<T>(&self, act: impl FnOnce(&mut Grid) -> T) -> T {
        act(&mut self.0.lock().expect("nobody panics while drawing"))
    }

    pub(super) fn text(&self) -> String {
        let rows = self.grid(|grid| grid.rows.clone());
        let lines: Vec<_> = rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned()
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.grid(|grid| grid.put(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.grid(|grid| grid.width) as u16
    }

    fn height(&self) -> u16 {
        self.grid(|grid| grid.height) as u16
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.grid(|grid| grid.row = grid.row.saturating_sub(n));
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.grid(|grid| grid.row += n);
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.grid(|grid| grid.column += n);
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.grid(|grid| grid.column = grid.column.saturating_sub(n));
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.grid(|grid| grid.put(&format!("{text}\n")));
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.grid(|grid| grid.put(text));
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.grid(|grid| {
            grid.column = 0;
            if let Some(row) = grid.rows.get_mut(grid.row) {
                row.fill(' ');
            }
        });
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
