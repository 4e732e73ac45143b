//! One Rust file, and which of its code is for tests.

use crate::lexer::{self, Token};

/// A token that owns its text, and whether it is test code.
#[derive(Debug)]
pub struct Code {
    pub text: String,
    pub line: usize,
    pub for_tests: bool,
}

pub struct RustFile {
    pub path: String,
    /// As written.
    pub lines: Vec<String>,
    pub code: Vec<Code>,
}

/// A function with a body.
pub struct Function<'a> {
    pub name: &'a str,
    pub line: usize,
    pub lines: usize,
    pub for_tests: bool,
}

impl RustFile {
    pub fn parse(path: &str, source: &str) -> Self {
        let tokens = lexer::tokens(source);
        let mut for_tests = vec![is_for_tests(path); tokens.len()];
        let mut at = 0;
        while at < tokens.len() {
            let end = if gates_tests(&tokens[at..]) { end_of_item(&tokens, at) } else { at };
            for_tests[at..end].fill(true);
            at = end.max(at + 1);
        }
        let code = tokens
            .iter()
            .zip(for_tests)
            .map(|(t, for_tests)| Code { text: t.text.to_owned(), line: t.line, for_tests })
            .collect();
        Self { path: path.to_owned(), lines: source.lines().map(str::to_owned).collect(), code }
    }

    pub fn all_for_tests(&mut self) {
        self.code.iter_mut().for_each(|c| c.for_tests = true);
    }

    pub fn text(&self, at: usize) -> &str {
        self.code.get(at).map_or("", |c| &c.text)
    }

    /// Whether the code at `at` reads so.
    pub fn reads(&self, at: usize, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(n, text)| self.text(at + n) == *text)
    }

    /// Paths (without `.rs`) of the modules that this file declares for tests only.
    pub fn modules_for_tests(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let own = ["/lib", "/main", "/mod"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
        let declared = (0..self.code.len())
            .filter(|&at| self.code[at].for_tests && self.text(at) == "mod" && self.text(at + 2) == ";");
        declared.map(|at| format!("{own}/{}", self.text(at + 1))).collect()
    }

    pub fn functions(&self) -> Vec<Function<'_>> {
        let starts = (0..self.code.len()).filter(|&at| self.text(at) == "fn" && is_name(self.text(at + 1)));
        starts.filter_map(|at| self.function(at)).collect()
    }

    /// Whether the code at `at` is in the body of a `loop` or a `while`.
    pub fn is_in_loop(&self, at: usize) -> bool {
        let mut bodies = Vec::new();
        let mut loops = false;
        for token in &self.code[..at] {
            match token.text.as_str() {
                "loop" | "while" => loops = true,
                "{" => bodies.push(std::mem::take(&mut loops)),
                "}" => drop(bodies.pop()),
                ";" => loops = false,
                _ => {}
            }
        }
        bodies.contains(&true)
    }

    fn function(&self, at: usize) -> Option<Function<'_>> {
        let mut depth = 0_i32;
        for token in &self.code[at..] {
            match token.text.as_str() {
                ";" if depth == 0 => return None,
                "(" | "[" | "{" => depth += 1,
                ")" | "]" => depth -= 1,
                "}" => {
                    depth -= 1;
                    if depth == 0 {
                        let first = &self.code[at];
                        let lines = token.line - first.line + 1;
                        return Some(Function {
                            name: self.text(at + 1),
                            line: first.line,
                            lines,
                            for_tests: first.for_tests,
                        });
                    }
                }
                _ => {}
            }
        }
        None
    }
}

pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Test targets and executable contracts are tests whole.
fn is_for_tests(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.contains("/benches/") || path.ends_with("/tests.rs")
}

/// `#[cfg(test)]` and its kin, and the features that only tests switch on.
fn gates_tests(tokens: &[Token<'_>]) -> bool {
    let skip = usize::from(tokens.get(1).is_some_and(|t| t.text == "!"));
    let is = |at: usize, text| tokens.get(at).is_some_and(|t: &Token<'_>| t.text == text);
    if !(is(0, "#") && is(1 + skip, "[") && is(2 + skip, "cfg")) {
        return false;
    }
    let end = tokens.iter().position(|t| t.text == "]").unwrap_or(tokens.len());
    let inside = &tokens[..end];
    inside.iter().any(|t| ["test", "\"testing\"", "\"conformance\""].contains(&t.text))
        && !inside.iter().any(|t| t.text == "not")
}

fn end_of_item(tokens: &[Token<'_>], start: usize) -> usize {
    if tokens.get(start + 1).is_some_and(|t| t.text == "!") {
        return tokens.len();
    }
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth < 0 || (depth == 0 && [";", "}"].contains(&token.text)) {
            return at + 1;
        }
    }
    tokens.len()
}

#[test]
fn test_code_is_found() {
    let source = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn b() {} }\nfn c() -> [u8; 2] {\n[0; 2]\n}\n#[cfg(feature = \"conformance\")]\npub mod suite;\n#[cfg(not(test))] fn d() {}";
    let file = RustFile::parse("host/crates/x/src/lib.rs", source);
    let functions: Vec<_> = file.functions().iter().map(|f| (f.name.to_owned(), f.lines, f.for_tests)).collect();
    let expected = [("a", 1, false), ("b", 1, true), ("c", 3, false), ("d", 1, false)];
    assert_eq!(functions, expected.map(|(name, lines, for_tests)| (name.to_owned(), lines, for_tests)));
    assert_eq!(file.modules_for_tests(), ["host/crates/x/src/suite"]);
}
