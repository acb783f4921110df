//! From the words of a template to its tree.

use serde_json::{Number, Value};

use super::TemplateError;
use super::functions;
use super::lex::{self, Part, Token};

/// A piece of a template.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    /// Its value is printed, unless it only sets a variable.
    Action(Pipeline),
    /// `if`, `with` and `range` with what follows, and what follows `else`.
    Block {
        kind: Block,
        pipeline: Pipeline,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    If,
    With,
    Range,
}

/// Commands, each of which gets the value of the one before as its last argument.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    /// The variables that are set: one, or in a range two.
    pub(super) variables: Vec<String>,
    pub(super) commands: Vec<Vec<Operand>>,
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    Constant(Value),
    Function(String),
    /// Where to begin, and the fields from there on.
    Path(Origin, Vec<String>),
}

#[derive(Debug, Clone)]
pub(super) enum Origin {
    Dot,
    Variable(String),
    Group(Box<Pipeline>),
}

pub(super) fn parse(template: &str) -> Result<Vec<Node>, TemplateError> {
    let mut parser = Parser { parts: lex::parts(template)?.into_iter() };
    match parser.nodes()? {
        (nodes, None) => Ok(nodes),
        (_, Some(Stop { word, position, .. })) => Err(syntax(format!("unexpected {{{{{word}}}}}"), position)),
    }
}

fn syntax(what: impl Into<String>, position: usize) -> TemplateError {
    TemplateError::Syntax { what: what.into(), position }
}

struct Parser {
    parts: std::vec::IntoIter<Part>,
}

/// The `else` or `end` at which a list of nodes stops.
struct Stop {
    word: &'static str,
    /// What follows an `else`: another `if` or `with`.
    tokens: Vec<Token>,
    position: usize,
}

impl Parser {
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<Stop>), TemplateError> {
        let mut nodes = Vec::new();
        while let Some(part) = self.parts.next() {
            let (mut tokens, position) = match part {
                Part::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Part::Action { tokens, position } => (tokens, position),
            };
            let keyword = match tokens.first() {
                Some(Token::Word(word)) => word.clone(),
                _ => String::new(),
            };
            match (keyword.as_str(), block(&keyword)) {
                ("end", _) => return Ok((nodes, Some(Stop { word: "end", tokens: Vec::new(), position }))),
                ("else", _) => {
                    let tokens = tokens.split_off(1);
                    return Ok((nodes, Some(Stop { word: "else", tokens, position })));
                }
                (_, Some(kind)) => nodes.push(self.block(kind, tokens.split_off(1), position)?),
                (_, None) => nodes.push(Node::Action(pipeline(&mut Tokens::new(tokens, position))?)),
            }
        }
        Ok((nodes, None))
    }

    fn block(&mut self, kind: Block, tokens: Vec<Token>, position: usize) -> Result<Node, TemplateError> {
        let pipeline = pipeline(&mut Tokens::new(tokens, position))?;
        let (body, stop) = self.nodes()?;
        let otherwise = match stop {
            Some(Stop { word: "end", .. }) => Vec::new(),
            Some(Stop { mut tokens, position, .. }) => match tokens.first() {
                // `{{else if}}` shares its `{{end}}` with the `{{if}}` before.
                Some(Token::Word(word)) if block(word).is_some_and(|next| next == kind && kind != Block::Range) => {
                    vec![self.block(kind, tokens.split_off(1), position)?]
                }
                Some(_) => return Err(syntax("unexpected word after else", position)),
                None => match self.nodes()? {
                    (nodes, Some(Stop { word: "end", .. })) => nodes,
                    _ => return Err(syntax("no {{end}} for this {{else}}", position)),
                },
            },
            None => return Err(syntax("unexpected EOF: no {{end}} for the block", position)),
        };
        Ok(Node::Block { kind, pipeline, body, otherwise })
    }
}

fn block(word: &str) -> Option<Block> {
    match word {
        "if" => Some(Block::If),
        "with" => Some(Block::With),
        "range" => Some(Block::Range),
        _ => None,
    }
}

struct Tokens {
    rest: std::iter::Peekable<std::vec::IntoIter<Token>>,
    position: usize,
}

impl Tokens {
    fn new(tokens: Vec<Token>, position: usize) -> Self {
        Self { rest: tokens.into_iter().peekable(), position }
    }

    fn error(&self, what: impl Into<String>) -> TemplateError {
        syntax(what, self.position)
    }
}

/// A whole action.
fn pipeline(tokens: &mut Tokens) -> Result<Pipeline, TemplateError> {
    let variables = declared(tokens);
    let commands = commands(tokens)?;
    match tokens.rest.next() {
        None => Ok(Pipeline { variables, commands }),
        Some(token) => Err(tokens.error(format!("unexpected {token:?}"))),
    }
}

/// The variables before a `:=` or `=`, if there is one.
fn declared(tokens: &mut Tokens) -> Vec<String> {
    let mut ahead = tokens.rest.clone();
    let mut variables = Vec::new();
    while let Some(Token::Variable(name)) = ahead.next() {
        variables.push(name);
        match ahead.next() {
            Some(Token::Mark(",")) => {}
            Some(Token::Mark(":=" | "=")) => {
                tokens.rest = ahead;
                return variables;
            }
            _ => break,
        }
    }
    Vec::new()
}

fn commands(tokens: &mut Tokens) -> Result<Vec<Vec<Operand>>, TemplateError> {
    let mut commands = Vec::new();
    loop {
        let mut operands = Vec::new();
        while tokens.rest.peek().is_some_and(|token| !matches!(token, Token::Mark("|" | ")"))) {
            operands.push(operand(tokens)?);
        }
        if operands.is_empty() {
            return Err(tokens.error("missing value for command"));
        }
        commands.push(operands);
        if tokens.rest.next_if_eq(&Token::Mark("|")).is_none() {
            return Ok(commands);
        }
    }
}

fn operand(tokens: &mut Tokens) -> Result<Operand, TemplateError> {
    let origin = match tokens.rest.next() {
        Some(Token::Word(word)) => return word_operand(word, tokens),
        Some(Token::Text(text)) => return Ok(Operand::Constant(text.into())),
        Some(Token::Number(number)) => return Ok(Operand::Constant(Value::Number(whole(number)))),
        Some(Token::Field { name, .. }) => {
            let mut fields = vec![name];
            fields.extend(following(tokens));
            return Ok(Operand::Path(Origin::Dot, fields));
        }
        Some(Token::Dot) => Origin::Dot,
        Some(Token::Variable(name)) => Origin::Variable(name),
        Some(Token::Mark("(")) => {
            let group = Pipeline { variables: Vec::new(), commands: commands(tokens)? };
            if tokens.rest.next_if_eq(&Token::Mark(")")).is_none() {
                return Err(tokens.error("unclosed left paren"));
            }
            Origin::Group(Box::new(group))
        }
        Some(Token::Mark(mark)) => return Err(tokens.error(format!("unexpected `{mark}`"))),
        None => return Err(tokens.error("missing value for command")),
    };
    Ok(Operand::Path(origin, following(tokens)))
}

fn word_operand(word: String, tokens: &Tokens) -> Result<Operand, TemplateError> {
    match word.as_str() {
        "true" => Ok(Operand::Constant(Value::Bool(true))),
        "false" => Ok(Operand::Constant(Value::Bool(false))),
        "nil" => Ok(Operand::Constant(Value::Null)),
        name if functions::exists(name) => Ok(Operand::Function(word)),
        name => Err(tokens.error(format!("function \"{name}\" not defined"))),
    }
}

/// The `.B.C` after `.A`.
fn following(tokens: &mut Tokens) -> Vec<String> {
    let next = || tokens.rest.next_if(|token| matches!(token, Token::Field { follows: true, .. }));
    let name = |token| if let Token::Field { name, .. } = token { Some(name) } else { None };
    std::iter::from_fn(next).filter_map(name).collect()
}

/// `3.0` is the index three.
fn whole(number: Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => Number::from(float as i64),
        _ => number,
    }
}
