//! JSON from outside: size first, then depth, then the fields.

use model::{Code, Refusal, limits};
use serde::de::DeserializeOwned;

/// Decodes `text`, which is at most `most` bytes and nested at most `limits::JSON_DEPTH` deep.
pub(crate) fn decode<T: DeserializeOwned>(text: &str, most: usize) -> Result<T, Refusal> {
    if text.len() > most {
        return Err(Refusal::new(Code::TooLarge, format!("at most {most} bytes")));
    }
    if depth(text) > limits::JSON_DEPTH {
        return Err(Refusal::new(Code::BadFrame, format!("nested deeper than {}", limits::JSON_DEPTH)));
    }
    serde_json::from_str(text).map_err(|e| Refusal::new(Code::BadFrame, shown(&e)))
}

/// What is wrong and where, without what was sent: values that a client sent are not repeated, they may be secrets.
fn shown(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = match error.classify() {
        serde_json::error::Category::Data
            if text.starts_with("missing field") || text.starts_with("unknown variant") =>
        {
            text.split(" at line").next().unwrap_or_default().to_owned()
        }
        serde_json::error::Category::Data => "a field has a wrong type or value".to_owned(),
        _ => "not JSON".to_owned(),
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

/// Greatest nesting of arrays and objects. Not a parser: brackets outside strings are counted.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert_eq!(depth(r#"{"a":[1,{"b":"[[[\"{"}]}"#), 3);
        assert_eq!(depth(""), 0);
    }

    #[test]
    fn size_then_depth_then_fields() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        decode::<Value>(&deep(32), 1000).unwrap();
        assert_eq!(decode::<Value>(&deep(33), 1000).unwrap_err().code, Code::BadFrame);
        assert_eq!(decode::<Value>(&deep(32), 10).unwrap_err().code, Code::TooLarge);
        let refusal = decode::<u32>("\"canary\"", 100).unwrap_err();
        assert!(!refusal.message.contains("canary"), "{}", refusal.message);
    }
}
