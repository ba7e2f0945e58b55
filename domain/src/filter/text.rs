//! The text form: written and read.

use std::fmt;

use super::{Cond, Filter, Op};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl Filter {
    fn write(&self, f: &mut fmt::Formatter<'_>, inner: bool) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str| {
            if let [one] = parts {
                return one.write(f, inner);
            }
            if inner {
                f.write_str("(")?;
            }
            for (i, p) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                p.write(f, true)?;
            }
            if inner { f.write_str(")") } else { Ok(()) }
        };
        match self {
            Filter::All(parts) if parts.is_empty() => f.write_str(if inner { "all" } else { "" }),
            Filter::Any(parts) if parts.is_empty() => f.write_str("none"),
            Filter::All(parts) => join(f, parts, "and"),
            Filter::Any(parts) => join(f, parts, "or"),
            Filter::Not(p) => {
                f.write_str("not ")?;
                p.write(f, true)
            }
            Filter::Is(c) => fmt::Display::fmt(c, f),
        }
    }
}

impl fmt::Display for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.op.sign())?;
        for (i, v) in self.values.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { "," })?;
            let plain =
                !v.is_empty() && v.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '@' | '+')) && !is_word(v);
            if plain {
                f.write_str(v)?;
            } else {
                write!(f, "\"{}\"", v.replace('\\', "\\\\").replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

fn is_word(v: &str) -> bool {
    matches!(v, "and" | "or" | "not" | "all" | "none" | "empty" | "filled")
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
    Open,
    Close,
    Comma,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Word(w) => f.write_str(w),
            Token::Quoted(w) => write!(f, "\"{w}\""),
            Token::Sign(s) => f.write_str(s),
            Token::Open => f.write_str("("),
            Token::Close => f.write_str(")"),
            Token::Comma => f.write_str(","),
        }
    }
}

/// Brackets within brackets.
pub const DEEPEST: u8 = 40;

/// Field names and values are not looked at yet. What is wrong is answered by the place where it breaks off; none: the brackets
/// lie too deep in each other.
pub fn read(input: &str) -> Result<Filter, Option<String>> {
    let tokens = lex(input).map_err(Some)?;
    if tokens.is_empty() {
        return Ok(Filter::default());
    }
    let mut p = Parser { tokens: &tokens, at: 0, depth: 0, too_deep: false };
    let f = p.any().map_err(|at| (!p.too_deep).then_some(at))?;
    match p.peek() {
        Some(t) => Err(Some(t.to_string())),
        None => Ok(f),
    }
}

fn lex(input: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = input.chars().peekable();
    while let Some(&c) = rest.peek() {
        if out.len() > 2_000 {
            return Err("…".to_owned());
        }
        rest.next_if(|_| !matches!(c, '<' | '>' | '!') && !is_value_char(c));
        match c {
            c if c.is_whitespace() => {}
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            ',' => out.push(Token::Comma),
            '=' => out.push(Token::Sign("=")),
            '~' => out.push(Token::Sign("~")),
            '<' | '>' | '!' => {
                rest.next();
                let eq = rest.next_if_eq(&'=').is_some();
                out.push(Token::Sign(match (c, eq) {
                    ('<', true) => "<=",
                    ('<', false) => "<",
                    ('>', true) => ">=",
                    ('>', false) => ">",
                    (_, true) => "!=",
                    _ => return Err("!".to_owned()),
                }));
            }
            '"' => {
                let mut s = String::new();
                loop {
                    match rest.next() {
                        None => return Err(format!("\"{s}")),
                        Some('"') => break,
                        Some('\\') => s.extend(rest.next()),
                        Some(c) => s.push(c),
                    }
                }
                out.push(Token::Quoted(s));
            }
            c if is_value_char(c) => {
                let mut s = String::new();
                while let Some(c) = rest.next_if(|c| is_value_char(*c)) {
                    s.push(c);
                }
                out.push(Token::Word(s));
            }
            c => return Err(c.to_string()),
        }
    }
    Ok(out)
}

fn is_value_char(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '=' | '~' | '<' | '>' | '!' | '"')
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: u8,
    too_deep: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }
    fn next(&mut self) -> Option<Token> {
        let t = self.peek().cloned();
        self.at += 1;
        t
    }
    fn eat_word(&mut self, word: &str) -> bool {
        let hit = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        if hit {
            self.at += 1;
        }
        hit
    }
    fn here(&self) -> String {
        self.peek().map(ToString::to_string).unwrap_or_else(|| "…".to_owned())
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        while self.eat_word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.one()?];
        while self.eat_word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn one(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.too_deep = true;
            return Err(self.here());
        }
        let out = self.one_inner();
        self.depth -= 1;
        out
    }

    fn one_inner(&mut self) -> Result<Filter, String> {
        if self.eat_word("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.eat_word("all") {
            return Ok(Filter::All(Vec::new()));
        }
        if self.eat_word("none") {
            return Ok(Filter::Any(Vec::new()));
        }
        match self.next() {
            Some(Token::Open) => {
                let f = self.any()?;
                match self.next() {
                    Some(Token::Close) => Ok(f),
                    _ => Err(")".to_owned()),
                }
            }
            Some(Token::Word(field)) => {
                if self.eat_word("empty") {
                    return Ok(Filter::Is(Cond { field, op: Op::Empty, values: Vec::new() }));
                }
                if self.eat_word("filled") {
                    return Ok(Filter::Is(Cond { field, op: Op::Filled, values: Vec::new() }));
                }
                let op = match self.next() {
                    Some(Token::Sign(s)) => Op::ALL.into_iter().find(|o| o.sign() == s).ok_or_else(|| s.to_owned())?,
                    _ => return Err(field),
                };
                let mut values = Vec::new();
                loop {
                    match self.next() {
                        Some(Token::Word(v) | Token::Quoted(v)) => values.push(v),
                        _ => return Err(field),
                    }
                    if !matches!(self.peek(), Some(Token::Comma)) {
                        break;
                    }
                    self.at += 1;
                }
                Ok(Filter::Is(Cond { field, op, values }))
            }
            Some(t) => Err(t.to_string()),
            None => Err("…".to_owned()),
        }
    }
}
