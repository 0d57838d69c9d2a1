//! Documents of GraphQL, read into operations and fragments.

use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::Value;

/// Where something stands, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What cannot be read, as servers say it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) place: Place,
}

#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) operations: Vec<Operation>,
    pub(super) fragments: Vec<Fragment>,
}

#[derive(Debug)]
pub(super) struct Operation {
    /// `query`, `mutation` or `subscription`.
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) name_place: Place,
    pub(super) variables: Vec<Variable>,
    pub(super) selection: Vec<Selection>,
    pub(super) place: Place,
}

#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    /// As `ID!`.
    pub(super) r#type: String,
    pub(super) default: Option<Literal>,
    pub(super) place: Place,
}

#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) name: String,
    pub(super) on: String,
    pub(super) selection: Vec<Selection>,
}

#[derive(Debug)]
pub(super) struct Selection {
    pub(super) what: Selected,
    pub(super) directives: Vec<(String, Arguments)>,
    pub(super) place: Place,
}

#[derive(Debug)]
pub(super) enum Selected {
    Field { alias: Option<String>, name: String, arguments: Arguments, selection: Vec<Selection> },
    Spread(String),
    Inline { on: Option<String>, selection: Vec<Selection> },
}

pub(super) type Arguments = Vec<(String, Literal, Place)>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Variable(String),
    /// A number, a text, true, false or null.
    Plain(Value),
    Enum(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Variable(name) => write!(f, "${name}"),
            Literal::Plain(value) => write!(f, "{value}"),
            Literal::Enum(name) => f.write_str(name),
            Literal::List(items) => write!(f, "[{}]", items.iter().map(Literal::to_string).collect::<Vec<_>>().join(", ")),
            Literal::Object(members) => {
                write!(f, "{{ {} }}", members.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(Value),
    Text(String),
    /// Everything else: braces, colons and the like, `...` as one.
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 14] = ["...", "{", "}", "(", ")", "[", "]", ":", "=", "!", "$", "@", "|", "&"];

/// How deep selections and values may lie within each other.
const MAX_DEPTH: usize = 64;

pub(super) fn parse(text: &str) -> Result<Document, SyntaxError> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let mut document = Document::default();
    while *parser.peek() != Token::End {
        match parser.peek() {
            Token::Name(word) if word == "fragment" => document.fragments.push(parser.fragment()?),
            _ => document.operations.push(parser.operation()?),
        }
    }
    Ok(document)
}

struct Parser {
    tokens: Vec<(Token, Place)>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn place(&self) -> Place {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(Place { line: 1, column: 1 }, |(_, place)| *place)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn is(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Token::Sign(own) if *own == sign);
        self.next += usize::from(is_it);
        is_it
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = match self.peek() {
            Token::Name(name) => format!("Name '{name}'"),
            Token::Number(number) => format!("Int '{number}'"),
            Token::Text(text) => format!("String '{text}'"),
            Token::Sign(sign) => format!("'{sign}'"),
            Token::End => "<EOF>".to_owned(),
        };
        let message = if expected.is_empty() {
            format!("Syntax Error: Unexpected {found}.")
        } else {
            format!("Syntax Error: Expected {expected}, found {found}.")
        };
        SyntaxError { message, place: self.place() }
    }

    fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.is(sign) { Ok(()) } else { Err(self.unexpected(&format!("'{sign}'"))) }
    }

    fn name(&mut self) -> Result<String, SyntaxError> {
        match self.peek() {
            Token::Name(_) => match self.take() {
                Token::Name(name) => Ok(name),
                _ => Err(self.unexpected("Name")),
            },
            _ => Err(self.unexpected("Name")),
        }
    }

    /// Keeps what lies too deep from being read.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Parser) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError { message: "Syntax Error: the document is too deep.".to_owned(), place: self.place() });
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn operation(&mut self) -> Result<Operation, SyntaxError> {
        let place = self.place();
        let (mut kind, mut name, mut variables) = ("query".to_owned(), None, Vec::new());
        let mut name_place = place;
        match self.peek() {
            Token::Sign("{") => {}
            Token::Name(word) if matches!(word.as_str(), "query" | "mutation" | "subscription") => {
                kind = self.name()?;
                if matches!(self.peek(), Token::Name(_)) {
                    name_place = self.place();
                    name = Some(self.name()?);
                }
                if self.is("(") {
                    while !self.is(")") {
                        variables.push(self.variable()?);
                    }
                }
                self.directives()?;
            }
            _ => return Err(self.unexpected("")),
        }
        Ok(Operation { kind, name, name_place, variables, selection: self.selection()?, place })
    }

    fn variable(&mut self) -> Result<Variable, SyntaxError> {
        let place = self.place();
        self.expect("$")?;
        let name = self.name()?;
        self.expect(":")?;
        let r#type = self.deeper(Parser::r#type)?;
        let default = if self.is("=") { Some(self.literal()?) } else { None };
        Ok(Variable { name, r#type, default, place })
    }

    fn r#type(&mut self) -> Result<String, SyntaxError> {
        let inner = if self.is("[") {
            let inner = self.deeper(Parser::r#type)?;
            self.expect("]")?;
            format!("[{inner}]")
        } else {
            self.name()?
        };
        Ok(if self.is("!") { format!("{inner}!") } else { inner })
    }

    fn fragment(&mut self) -> Result<Fragment, SyntaxError> {
        self.name()?;
        let name = self.name()?;
        match self.name()?.as_str() {
            "on" => {}
            _ => return Err(self.unexpected("'on'")),
        }
        let on = self.name()?;
        self.directives()?;
        Ok(Fragment { name, on, selection: self.selection()? })
    }

    fn selection(&mut self) -> Result<Vec<Selection>, SyntaxError> {
        self.deeper(|parser| {
            parser.expect("{")?;
            let mut selection = vec![parser.selected()?];
            while !parser.is("}") {
                selection.push(parser.selected()?);
            }
            Ok(selection)
        })
    }

    fn selected(&mut self) -> Result<Selection, SyntaxError> {
        let place = self.place();
        if self.is("...") {
            let on = match self.peek() {
                Token::Name(word) if word != "on" => {
                    let name = self.name()?;
                    return Ok(Selection { what: Selected::Spread(name), directives: self.directives()?, place });
                }
                Token::Name(_) => {
                    self.name()?;
                    Some(self.name()?)
                }
                _ => None,
            };
            let directives = self.directives()?;
            return Ok(Selection { what: Selected::Inline { on, selection: self.selection()? }, directives, place });
        }
        let mut name = self.name()?;
        let alias = if self.is(":") { Some(std::mem::replace(&mut name, self.name()?)) } else { None };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selection = if matches!(self.peek(), Token::Sign("{")) { self.selection()? } else { Vec::new() };
        Ok(Selection { what: Selected::Field { alias, name, arguments, selection }, directives, place })
    }

    fn directives(&mut self) -> Result<Vec<(String, Arguments)>, SyntaxError> {
        let mut directives = Vec::new();
        while self.is("@") {
            directives.push((self.name()?, self.arguments()?));
        }
        Ok(directives)
    }

    fn arguments(&mut self) -> Result<Arguments, SyntaxError> {
        let mut arguments = Vec::new();
        if self.is("(") {
            while !self.is(")") {
                let place = self.place();
                let name = self.name()?;
                self.expect(":")?;
                arguments.push((name, self.literal()?, place));
            }
        }
        Ok(arguments)
    }

    fn literal(&mut self) -> Result<Literal, SyntaxError> {
        self.deeper(|parser| {
            let place = parser.next;
            Ok(match parser.take() {
                Token::Number(number) => Literal::Plain(number),
                Token::Text(text) => Literal::Plain(Value::String(text)),
                Token::Name(word) => match word.as_str() {
                    "true" => Literal::Plain(Value::Bool(true)),
                    "false" => Literal::Plain(Value::Bool(false)),
                    "null" => Literal::Plain(Value::Null),
                    _ => Literal::Enum(word),
                },
                Token::Sign("$") => Literal::Variable(parser.name()?),
                Token::Sign("[") => {
                    let mut items = Vec::new();
                    while !parser.is("]") {
                        items.push(parser.literal()?);
                    }
                    Literal::List(items)
                }
                Token::Sign("{") => {
                    let mut members = Vec::new();
                    while !parser.is("}") {
                        let name = parser.name()?;
                        parser.expect(":")?;
                        members.push((name, parser.literal()?));
                    }
                    Literal::Object(members)
                }
                _ => {
                    parser.next = place;
                    return Err(parser.unexpected(""));
                }
            })
        })
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, Place)>, SyntaxError> {
    let mut tokens = Vec::new();
    let (mut line, mut line_start) = (1, 0);
    // How far columns were counted, so that no letter is counted twice.
    let (mut counted, mut column) = (0, 1);
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.peek().copied() {
        if counted < line_start {
            (counted, column) = (line_start, 1);
        }
        column += text[counted..at].chars().count();
        counted = at;
        let place = Place { line, column };
        match letter {
            '\n' => {
                letters.next();
                (line, line_start) = (line + 1, at + 1);
            }
            _ if letter.is_whitespace() || matches!(letter, ',' | '\u{feff}') => drop(letters.next()),
            '#' => while letters.next_if(|(_, letter)| *letter != '\n').is_some() {},
            '_' | 'a'..='z' | 'A'..='Z' => {
                let mut name = String::new();
                while let Some((_, letter)) = letters.next_if(|(_, letter)| letter.is_ascii_alphanumeric() || *letter == '_') {
                    name.push(letter);
                }
                tokens.push((Token::Name(name), place));
            }
            '-' | '0'..='9' => {
                let mut number = String::new();
                while let Some((_, letter)) =
                    letters.next_if(|(_, letter)| letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.' | 'e' | 'E'))
                {
                    number.push(letter);
                }
                let number = serde_json::from_str(&number)
                    .map_err(|_| SyntaxError { message: format!("Syntax Error: Invalid number, {number}."), place })?;
                tokens.push((Token::Number(number), place));
            }
            '"' => {
                let before = letters.clone();
                let read = string(text, at, &mut letters)
                    .ok_or(SyntaxError { message: "Syntax Error: Unterminated string.".to_owned(), place })?;
                for (at, _) in
                    before.take_while(|(at, _)| letters.peek().is_none_or(|(end, _)| at < end)).filter(|(_, letter)| *letter == '\n')
                {
                    (line, line_start) = (line + 1, at + 1);
                }
                tokens.push((Token::Text(read), place));
            }
            _ => {
                let Some(sign) = SIGNS.into_iter().find(|sign| text[at..].starts_with(sign)) else {
                    return Err(SyntaxError { message: format!("Syntax Error: Unexpected character: '{letter}'."), place });
                };
                sign.chars().for_each(|_| _ = letters.next());
                tokens.push((Token::Sign(sign), place));
            }
        }
    }
    let place = Place { line, column: text.get(line_start..).unwrap_or_default().chars().count() + 1 };
    tokens.push((Token::End, place));
    Ok(tokens)
}

/// A text in one or in three quotes. `None` where it has no end.
fn string(text: &str, at: usize, letters: &mut Peekable<CharIndices<'_>>) -> Option<String> {
    if let Some(rest) = text[at..].strip_prefix("\"\"\"") {
        let end = rest.find("\"\"\"")?;
        while letters.next_if(|(place, _)| *place < at + end + 6).is_some() {}
        return Some(rest[..end].trim().to_owned());
    }
    letters.next();
    let mut read = String::new();
    loop {
        match letters.next()?.1 {
            '"' => return Some(read),
            '\n' => return None,
            '\\' => match letters.next()?.1 {
                'n' => read.push('\n'),
                't' => read.push('\t'),
                'r' => read.push('\r'),
                'b' => read.push('\u{8}'),
                'f' => read.push('\u{c}'),
                'u' => {
                    let digits: String = letters.by_ref().take(4).map(|(_, letter)| letter).collect();
                    read.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?).unwrap_or('\u{fffd}'));
                }
                other => read.push(other),
            },
            other => read.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_whole() {
        let text = "query Q($n: [String!]! = [\"a\\n\"], $x: Int) @d { a: site_list(filters: {name: {exact: $n}, s: [A, -1.5, null]}) @include(if: true) { id ...F ... on T { x } } }\n# remark\nfragment F on SiteType { name }";
        let document = parse(text).unwrap();
        let operation = &document.operations[0];
        assert_eq!((operation.kind.as_str(), operation.name.as_deref()), ("query", Some("Q")));
        assert_eq!((operation.variables[0].name.as_str(), operation.variables[0].r#type.as_str()), ("n", "[String!]!"));
        assert_eq!(operation.variables[0].default.as_ref().unwrap().to_string(), "[\"a\\n\"]");
        let Selected::Field { alias, name, arguments, selection } = &operation.selection[0].what else { panic!() };
        assert_eq!((alias.as_deref(), name.as_str(), selection.len()), (Some("a"), "site_list", 3));
        assert_eq!(arguments[0].1.to_string(), "{ name: { exact: $n }, s: [A, -1.5, null] }");
        assert_eq!(operation.selection[0].directives[0].0, "include");
        assert_eq!((document.fragments[0].name.as_str(), document.fragments[0].on.as_str()), ("F", "SiteType"));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let error = |text: &str| parse(text).map(drop).unwrap_err();
        let eof = error("{ site_list {\n name ");
        assert_eq!((eof.message.as_str(), eof.place), ("Syntax Error: Expected Name, found <EOF>.", Place { line: 2, column: 7 }));
        assert_eq!(error("{ a(b: \"x) }").message, "Syntax Error: Unterminated string.");
        assert_eq!(error("{ a ; }").place, Place { line: 1, column: 5 });
        assert_eq!(error("{ a(b: }) }").message, "Syntax Error: Unexpected '}'.");
        assert!(error(&format!("{}a", "{ a ".repeat(5_000))).message.contains("too deep"));
        assert!(error(&format!("{{ a(b: {}", "[".repeat(5_000))).message.contains("too deep"));
    }
}
