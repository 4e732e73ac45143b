//! Rust source as tokens: enough to tell code from comments and literals.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// An identifier, a number, one character of punctuation, or a literal with its quotes.
    pub text: &'a str,
    /// From 1.
    pub line: usize,
}

pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(next) = source[at..].chars().next() {
        let rest = &source[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if next.is_whitespace() {
            next.len_utf8()
        } else {
            let length = literal(rest).unwrap_or_else(|| word(rest).max(next.len_utf8()));
            found.push(Token { text: &rest[..length], line });
            length
        };
        line += rest[..length].matches('\n').count();
        at += length;
    }
    found
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..rest.len().min(at + 2)] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of the string or character that `rest` starts with.
fn literal(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c"].iter().find(|p| rest.starts_with(**p)).map_or(0, |p| p.len());
    let body = &rest[prefix..];
    if rest[..prefix].ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        if body[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let end = body[hashes + 1..].find(&close)?;
            return Some(prefix + hashes + 1 + end + close.len());
        }
        return None;
    }
    match body.chars().next()? {
        '"' => quoted(body, '"').map(|n| prefix + n),
        '\'' if is_character(body) => quoted(body, '\'').map(|n| prefix + n),
        _ => None,
    }
}

/// `'x'`, not the lifetime `'x`.
fn is_character(body: &str) -> bool {
    let mut after = body.chars().skip(1);
    matches!(after.next(), Some('\\')) || matches!(after.next(), Some('\''))
}

fn quoted(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[test]
fn code_is_told_from_comments_and_literals() {
    let source = "fn a<'x>(c: char) { // fn b\n /* fn /* c */ d */ let s = \"fn \\\" e\"; let r = r#\"x\" y\"#; c == '\\''; b'q' }\nfn f() {}";
    let names: Vec<_> =
        tokens(source).windows(2).filter(|w| w[0].text == "fn").map(|w| (w[1].text.to_owned(), w[1].line)).collect();
    assert_eq!(names, [("a".to_owned(), 1), ("f".to_owned(), 3)]);
    let literals: Vec<_> =
        tokens(source).into_iter().map(|t| t.text).filter(|t| t.ends_with(['"', '#', '\''])).collect();
    assert!(
        literals.contains(&"\"fn \\\" e\"") && literals.contains(&"r#\"x\" y\"#") && literals.contains(&"b'q'"),
        "{literals:?}"
    );
}
