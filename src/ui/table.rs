//! Tables as Docker prints them, with the look of Go's `tabwriter`: columns of at least ten characters, three spaces apart.
//! Scripts cut them at those spaces.

use super::console::printable;

const SMALLEST: usize = 10;
const APART: usize = 3;

/// A cell's side that its text keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers, to be compared from line to line.
    Right,
}

/// Lines of cells.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    alignment: Vec<Align>,
}

impl Table {
    /// A table whose first line is `headers`.
    pub fn new<const N: usize>(headers: [&str; N]) -> Self {
        let mut table = Self::default();
        table.row(headers);
        table
    }

    /// The same table with columns kept to a side; the columns after the last one named keep to the left.
    pub fn align(mut self, alignment: &[Align]) -> Self {
        self.alignment = alignment.to_vec();
        self
    }

    /// Adds a line. Cells may come from anywhere, so control characters in them are escaped.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let cell = |cell: C| printable(cell.as_ref()).replace('\n', "\\n");
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// The finished lines. The last cell of a line is not filled up.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let widest = self.rows.iter().filter(|row| column + 1 < row.len()).map(|row| row[column].chars().count());
            (widest.max().unwrap_or_default() + APART).max(SMALLEST)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        self.rows.iter().map(move |row| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let room = widths[column].saturating_sub(cell.chars().count());
                match (self.alignment.get(column), column + 1 < row.len()) {
                    (Some(Align::Right), is_inner) => {
                        let apart = if is_inner { APART } else { 0 };
                        line.extend(std::iter::repeat_n(' ', room.saturating_sub(APART)));
                        line.push_str(cell);
                        line.extend(std::iter::repeat_n(' ', apart));
                    }
                    (_, true) => {
                        line.push_str(cell);
                        line.extend(std::iter::repeat_n(' ', room));
                    }
                    (_, false) => line.push_str(cell),
                }
            }
            line
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `docker images` prints it.
    #[test]
    fn looks_like_the_golden_capture() {
        let mut table = Table::new(["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"]);
        table.row(["gen", "18", "9f00fdc21076", "Less than a second ago", "3B"]);
        table.row(["<none>", "<none>", "fd5af5320f28", "Less than a second ago", "3B"]);
        table.row(["localhost:5100/team/app", "1.0.0", "feec7adf47b2", "1 second ago", "6.02MB"]);
        let lines: Vec<_> = table.lines().collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        REPOSITORY                TAG       IMAGE ID       CREATED                  SIZE
        gen                       18        9f00fdc21076   Less than a second ago   3B
        <none>                    <none>    fd5af5320f28   Less than a second ago   3B
        localhost:5100/team/app   1.0.0     feec7adf47b2   1 second ago             6.02MB
        ");
    }

    #[test]
    fn numbers_keep_to_the_right() {
        let mut table = Table::new(["IMAGE", "SIZE", "EXTRA"]).align(&[Align::Left, Align::Right]);
        table.row(["a", "12.1MB", "x"]);
        table.row(["b", "3B", ""]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines, ["IMAGE        SIZE   EXTRA", "a          12.1MB   x", "b              3B   "]);
    }

    /// kubectl's CVE-2021-25743, and a cell that would look like a line of its own.
    #[test]
    fn cve_2021_25743_a_cell_stays_in_its_place() {
        let mut table = Table::new(["TAG", "NAME"]);
        table.row(["1\t2", "a\nb\u{1b}[A"]);
        assert_eq!(table.lines().last().expect("a line"), "1\\t2      a\\nb\\u{1b}[A");
    }
}
