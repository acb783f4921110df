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

    /// The lines for `items`.
    pub fn lines(&self, items: &[Value], columns: &Columns<'_>) -> Result<Vec<String>, TemplateError> {
        match self {
            Self::Json => Ok(items.iter().map(json::line).collect()),
            Self::Lines(template) => items.iter().map(|item| template.render(item)).collect(),
            Self::Table(template) => {
                let header = |(field, header): &(&str, &str)| ((*field).to_owned(), Value::from(*header));
                let headers: Map<_, _> = columns.headers.iter().map(header).collect();
                let mut table = Table::default();
                table.row(template.render_headers(&headers.into())?.split('\t'));
                for item in items {
                    table.row(template.render(item)?.split('\t'));
                }
                Ok(table.lines().collect())
            }
        }
    }
}
