//! A page about a topic, and the two ways in which it is read: on a terminal, and as a man page.

use clap_mangen::roff::{Roff, bold, roman};

/// How far what is said of a name stands to the right.
const INDENT: usize = 10;

/// What is said, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part of a page.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// A title above what follows.
    Heading(String),
    /// Running text.
    Paragraph(String),
    /// Something, and what it is.
    Entry(String, String),
    /// What is typed or seen, line by line.
    Code(Vec<String>),
}

impl Page {
    /// Reads the little of Markdown that the pages are written in: `## ` headings, paragraphs, entries like
    /// `` - `word`: text ``, and code that is indented by four columns.
    pub fn parse(text: &str) -> Self {
        let mut page = Self::default();
        for block in text.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.is_empty()) {
            if let Some(heading) = block.strip_prefix("## ") {
                page.parts.push(Part::Heading(heading.to_owned()));
            } else if block.starts_with("    ") {
                page.parts.push(Part::Code(
                    block.lines().map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned()).collect(),
                ));
            } else if let Some(entries) = block.strip_prefix("- `") {
                let entries = entries.split("\n- `").filter_map(|entry| entry.split_once("`: "));
                page.parts.extend(entries.map(|(name, text)| Part::Entry(name.to_owned(), joined(text))));
            } else {
                page.parts.push(Part::Paragraph(joined(block)));
            }
        }
        page
    }

    /// The page for a terminal that is so wide.
    pub fn as_text(&self, columns: usize) -> String {
        let mut text = String::new();
        let mut last: Option<&Part> = None;
        for part in &self.parts {
            let is_joined = match last {
                None | Some(Part::Heading(_)) => true,
                Some(Part::Entry(..)) => matches!(part, Part::Entry(..)),
                Some(_) => false,
            };
            text += if is_joined { "" } else { "\n" };
            match part {
                Part::Heading(title) => text += &format!("{title}:\n"),
                Part::Paragraph(words) => text += &wrapped(words, "", columns),
                Part::Entry(name, words) => text += &entry(name, words, columns),
                Part::Code(lines) => lines.iter().for_each(|line| text += &format!("    {line}\n")),
            }
            last = Some(part);
        }
        text
    }

    /// The sections of a man page.
    pub fn as_roff(&self, title: &str) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", [title]);
        for part in &self.parts {
            match part {
                Part::Heading(title) => {
                    roff.control("SH", [title.to_uppercase().as_str()]);
                }
                Part::Paragraph(words) => {
                    roff.control("PP", []).text([roman(words.as_str())]);
                }
                Part::Entry(name, words) => {
                    roff.control("TP", []).text([bold(name.as_str())]).text([roman(words.as_str())]);
                }
                Part::Code(lines) => {
                    roff.control("PP", []).control("nf", []);
                    for line in lines {
                        roff.text([roman(line.as_str())]);
                    }
                    roff.control("fi", []);
                }
            }
        }
        roff
    }
}

/// A name, and what it is beside it, or below it where the name is too long for that.
fn entry(name: &str, words: &str, columns: usize) -> String {
    let text = wrapped(words, &" ".repeat(INDENT), columns);
    match name.len() + 4 <= INDENT {
        true => format!("  {name}{}", &text[name.len() + 2..]),
        false => format!("  {name}\n{text}"),
    }
}

/// Lines of a text as one.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in lines of at most so many columns, each with its indentation.
fn wrapped(text: &str, indent: &str, columns: usize) -> String {
    let (mut lines, mut line) = (String::new(), indent.to_owned());
    for word in text.split(' ') {
        let is_begun = line.len() > indent.len();
        if is_begun && line.chars().count() + 1 + word.chars().count() > columns {
            lines += &format!("{line}\n");
            line = format!("{indent}{word}");
        } else {
            line += if is_begun { " " } else { "" };
            line += word;
        }
    }
    lines + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
Some text that is
written in two lines.

## What there is

- `one`: The first,
  which is long.
- `two`: The second.

    $ rpush one
    two
";

    #[test]
    fn a_page_is_read_and_written() {
        let page = Page::parse(PAGE);
        insta::assert_snapshot!(page.as_text(24), @"
        Some text that is
        written in two lines.

        What there is:
          one     The first,
                  which is long.
          two     The second.

            $ rpush one
            two
        ");
        insta::assert_snapshot!(page.as_roff("A PAGE").render(), @r#"
        .ie \n(.g .ds Aq \(aq
        .el .ds Aq '
        .SH "A PAGE"
        .PP
        Some text that is written in two lines.
        .SH "WHAT THERE IS"
        .TP
        \fBone\fR
        The first, which is long.
        .TP
        \fBtwo\fR
        The second.
        .PP
        .nf
        $ rpush one
        two
        .fi
        "#);
    }
}
