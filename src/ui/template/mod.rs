//! Templates for `--format`: the part of Go's `text/template` that people use with Docker, over JSON values.
//!
//! Fields (`{{.Config.Labels}}`), pipelines (`{{.ID | upper}}`), `if`, `else`, `range`, `with`, variables, and the functions
//! in `functions.rs`. What comes out is not made harmless here: it goes through the console like everything else.

mod eval;
mod format;
mod functions;
mod lex;
mod parse;

pub use format::{Columns, Format};

use serde_json::Value;

use parse::Node;

/// A template that was understood.
#[derive(Debug, Clone)]
pub struct Template(Vec<Node>);

/// What is wrong with a template. Scripts look for Docker's first three words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It is not a template.
    #[error("template parsing error: {what} at character {position}")]
    Syntax {
        /// What is wrong.
        what: String,
        /// Where, counted from one.
        position: usize,
    },
    /// It asks for something that is not there.
    #[error("template parsing error: at <.{path}>: can't evaluate field {field}")]
    UnknownField {
        /// The fields from the beginning on.
        path: String,
        /// The one that is not there.
        field: String,
        /// Those that are.
        known: Vec<String>,
    },
    /// A function cannot do anything with what it was given.
    #[error("template parsing error: error calling {function}: {what}")]
    Call {
        /// The function's name.
        function: String,
        /// What is wrong.
        what: String,
    },
}

/// What fields stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    /// Values.
    Values,
    /// The headers of their columns: functions leave them as they are.
    Headers,
}

impl Template {
    /// Reads a template. `\t` and `\n` mean tab and line end, because nobody types those in a shell.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        parse::parse(&text.replace("\\t", "\t").replace("\\n", "\n")).map(Self)
    }

    /// The text for `data`.
    pub fn render(&self, data: &Value) -> Result<String, TemplateError> {
        eval::render(&self.0, data, Data::Values)
    }

    /// The text for the headers of `data`'s fields.
    fn render_headers(&self, headers: &Value) -> Result<String, TemplateError> {
        eval::render(&self.0, headers, Data::Headers)
    }
}

#[cfg(test)]
mod tests;
