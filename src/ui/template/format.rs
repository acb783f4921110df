//! What `--format` takes: `json`, `raw`, `table`, `table TEMPLATE`, or a template.

use serde_json::{Map, Value};

use super::{Template, TemplateError};
use crate::ui::json;
use crate::ui::table::Table;

/// How a list is printed.
#[derive(Debug, Clone)]
pub enum Format {
    /// Columns with headers.
    Table(Template),
    /// A line, or what the template makes of it, for each item.
    Lines(Template),
    /// A JSON object for each item.
    Json,
}

/// What a kind of list has to offer.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// Each field's name and the header of its column.
    pub headers: &'a [(&'a str, &'a str)],
    /// The template behind `table`.
    pub table: &'a str,
    /// The template behind `raw`.
    pub raw: &'a str,
}

impl Format {
    /// Reads what was typed; nothing means `table`.
    pub fn parse(typed: Option<&str>, columns: &Columns<'_>) -> Result<Self, TemplateError> {
        match typed.map(str::trim_start).unwrap_or("table") {
            "json" => Ok(Self::Json),
            "raw" => Template::parse(columns.raw).map(Self::Lines),
            "table" => Template::parse(columns.table).map(Self::Table),
            text => match text.strip_prefix("table ") {
                Some(template) => Template::parse(template.trim_start()).map(Self::Table),
                None => Template::parse(text).map(Self::Lines),
            },
        }
    }

    /// A list to which items are added one by one, so that thousands of them need not be there at once.
    pub fn begin(&self, columns: &Columns<'_>) -> Result<List<'_>, TemplateError> {
        let mut table = Table::default();
        if let Self::Table(template) = self {
            let header = |(field, header): &(&str, &str)| ((*field).to_owned(), Value::from(*header));
            let headers: Map<_, _> = columns.headers.iter().map(header).collect();
            table.row(template.render_headers(&headers.into())?.split('\t'));
        }
        Ok(List { format: self, table, lines: Vec::new() })
    }
}

/// A list that is being made.
pub struct List<'a> {
    format: &'a Format,
    table: Table,
    lines: Vec<String>,
}

impl List<'_> {
    /// Adds an item.
    pub fn add(&mut self, item: &Value) -> Result<(), TemplateError> {
        match self.format {
            Format::Json => self.lines.push(json::line(item)),
            Format::Lines(template) => self.lines.push(template.render(item)?),
            Format::Table(template) => self.table.row(template.render(item)?.split('\t')),
        }
        Ok(())
    }

    /// The lines of all items.
    pub fn finish(self) -> Vec<String> {
        match self.format {
            Format::Table(_) => self.table.lines().collect(),
            Format::Json | Format::Lines(_) => self.lines,
        }
    }
}
