//! A template's tree over a value.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::functions::{self, truth};
use super::parse::{Block, Node, Operand, Origin, Pipeline};
use super::{Data, TemplateError};

/// The text of `nodes` for `data`.
pub(super) fn render(nodes: &[Node], data: &Value, kind: Data) -> Result<String, TemplateError> {
    let mut run = Run { out: String::new(), root: data, variables: Vec::new(), kind };
    run.nodes(nodes, data)?;
    Ok(run.out)
}

struct Run<'a> {
    out: String,
    /// What `$` is. Not among the variables, because a list of thousands would be copied for it.
    root: &'a Value,
    /// The innermost last.
    variables: Vec<(String, Value)>,
    kind: Data,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Action(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    match pipeline.variables.first() {
                        Some(name) => self.set(name, value),
                        None => self.out.push_str(&in_text(&value)),
                    }
                }
                Node::Block { kind, pipeline, body, otherwise } => {
                    let outside = self.variables.len();
                    self.block(*kind, pipeline, (body, otherwise), dot)?;
                    self.variables.truncate(outside);
                }
            }
        }
        Ok(())
    }

    fn block(
        &mut self,
        kind: Block,
        pipeline: &Pipeline,
        (body, otherwise): (&[Node], &[Node]),
        dot: &Value,
    ) -> Result<(), TemplateError> {
        let value = self.pipeline(pipeline, dot)?;
        if !truth(&value) {
            return self.nodes(otherwise, dot);
        }
        if kind == Block::Range {
            return self.range(&value, &pipeline.variables, body);
        }
        if let Some(name) = pipeline.variables.first() {
            self.variables.push((name.clone(), value.clone()));
        }
        self.nodes(body, if kind == Block::With { &value } else { dot })
    }

    fn range(&mut self, value: &Value, variables: &[String], body: &[Node]) -> Result<(), TemplateError> {
        let items: Vec<(Value, &Value)> = match value {
            Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.into(), item)).collect(),
            Value::Object(members) => sorted(members).map(|(key, item)| (key.as_str().into(), item)).collect(),
            // A column's header stands for one item.
            header if self.kind == Data::Headers => vec![(0.into(), header)],
            other => return Err(TemplateError::Call { function: "range".into(), what: cannot_iterate(other) }),
        };
        for (key, item) in items {
            let outside = self.variables.len();
            match variables {
                [] => {}
                [item_name] => self.variables.push((item_name.clone(), item.clone())),
                [key_name, item_name, ..] => {
                    self.variables.push((key_name.clone(), key));
                    self.variables.push((item_name.clone(), item.clone()));
                }
            }
            self.nodes(body, item)?;
            self.variables.truncate(outside);
        }
        Ok(())
    }

    /// `$x := 1` in a block hides an outer `$x`; `=` is the same here, because every block but a range runs once.
    fn set(&mut self, name: &str, value: Value) {
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    fn pipeline(&self, pipeline: &Pipeline, dot: &Value) -> Result<Value, TemplateError> {
        let mut piped = None;
        for command in &pipeline.commands {
            piped = Some(self.command(command, piped, dot)?);
        }
        Ok(piped.unwrap_or_default())
    }

    fn command(&self, command: &[Operand], piped: Option<Value>, dot: &Value) -> Result<Value, TemplateError> {
        match command {
            [Operand::Function(name), arguments @ ..] => {
                let arguments = arguments.iter().map(|operand| self.operand(operand, dot));
                let arguments: Vec<_> = arguments.chain(piped.map(Ok)).collect::<Result<_, _>>()?;
                functions::call(name, &arguments, self.kind)
            }
            [only] if piped.is_none() => self.operand(only, dot),
            _ => Err(TemplateError::Call { function: "a value".into(), what: "can't give argument to it".into() }),
        }
    }

    fn operand(&self, operand: &Operand, dot: &Value) -> Result<Value, TemplateError> {
        match operand {
            Operand::Constant(value) => Ok(value.clone()),
            Operand::Function(name) => functions::call(name, &[], self.kind),
            Operand::Path(Origin::Dot, fields) => self.fields(dot, fields),
            Operand::Path(Origin::Group(pipeline), fields) => self.fields(&self.pipeline(pipeline, dot)?, fields),
            Operand::Path(Origin::Variable(name), fields) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value);
                let known = known.or_else(|| (name == "$").then_some(self.root));
                let undefined = || TemplateError::Syntax { what: format!("undefined variable {name}"), position: 1 };
                self.fields(known.ok_or_else(undefined)?, fields)
            }
        }
    }

    fn fields(&self, from: &Value, fields: &[String]) -> Result<Value, TemplateError> {
        let mut value = from;
        for (depth, field) in fields.iter().enumerate() {
            value = match value.get(field) {
                Some(next) => next,
                // The header of `.A.B` is that of `.A`.
                None if self.kind == Data::Headers && depth > 0 => value,
                None => {
                    let known = value.as_object().map(|members| members.keys().cloned().collect());
                    return Err(TemplateError::UnknownField {
                        path: fields[..=depth].join("."),
                        field: field.clone(),
                        known: known.unwrap_or_default(),
                    });
                }
            };
        }
        Ok(value.clone())
    }
}

fn cannot_iterate(value: &Value) -> String {
    format!("can't iterate over {}", in_text(value))
}

/// A value as Go prints it.
pub(super) fn in_text(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(in_text).collect::<Vec<_>>().join(" ")),
        Value::Object(members) => {
            let mut text = "map[".to_owned();
            for (number, (key, item)) in sorted(members).enumerate() {
                let separator = if number > 0 { " " } else { "" };
                let _ = write!(text, "{separator}{key}:{}", in_text(item));
            }
            text + "]"
        }
    }
}

/// Go goes through maps in the order of their keys.
fn sorted(members: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(key, _)| *key);
    members.into_iter()
}
