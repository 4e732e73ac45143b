//! What a file is, by its first bytes and not by its name; and whether an image unfolds into more than it seems.

use model::{Code, Refusal};

/// Pixels of one image: what a browser can show without trouble.
const PIXELS: u64 = 50_000_000;

const MAGIC: [(&[u8], &str); 14] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
];

/// The media type of a file. What is not known, and all that a browser might run (HTML, SVG, scripts), is bytes or plain text.
pub(crate) fn media_type(bytes: &[u8]) -> Result<&'static str, Refusal> {
    let found = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind);
    let kind = found.unwrap_or_else(|| match (bytes.get(..4), bytes.get(4..8), bytes.get(8..12)) {
        (Some(b"RIFF"), _, Some(b"WEBP")) => "image/webp",
        (Some(b"RIFF"), _, Some(b"WAVE")) => "audio/wav",
        (_, Some(b"ftyp"), _) => "video/mp4",
        _ => match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().any(|c| c.is_control() && !c.is_whitespace()) => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        },
    });
    if pixels(kind, bytes).is_some_and(|pixels| pixels > PIXELS) {
        return Err(Refusal::new(Code::TooLarge, format!("an image has at most {PIXELS} pixels")));
    }
    Ok(kind)
}

/// Width times height, where the head of the file says it.
fn pixels(kind: &str, bytes: &[u8]) -> Option<u64> {
    let big = |at: usize, n: usize| bytes.get(at..at + n).map(|b| b.iter().fold(0, |all, b| all << 8 | u64::from(*b)));
    let little =
        |at: usize, n: usize| bytes.get(at..at + n).map(|b| b.iter().rev().fold(0, |all, b| all << 8 | u64::from(*b)));
    match kind {
        "image/png" => Some(big(16, 4)? * big(20, 4)?),
        "image/gif" => Some(little(6, 2)? * little(8, 2)?),
        "image/webp" if bytes.get(12..16)? == b"VP8X" => Some((little(24, 3)? + 1) * (little(27, 3)? + 1)),
        "image/jpeg" => jpeg(bytes, &big),
        _ => None,
    }
}

/// Walks the segments of a JPEG to its frame header.
fn jpeg(bytes: &[u8], big: &impl Fn(usize, usize) -> Option<u64>) -> Option<u64> {
    let mut at = 2;
    loop {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            return Some(big(at + 5, 2)? * big(at + 7, 2)?);
        }
        at += 2 + (big(at + 2, 2)? as usize).max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_says_what_it_is() {
        let table: [(&[u8], &str); 8] = [
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"<svg onload=alert(1)>", "text/plain; charset=utf-8"),
            (b"<html><script>", "text/plain; charset=utf-8"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"\0\0\0\x18ftypmp42", "video/mp4"),
            (b"%PDF-1.7", "application/pdf"),
            (b"\x7fELF\0", "application/octet-stream"),
            ("谢谢".as_bytes(), "text/plain; charset=utf-8"),
        ];
        for (bytes, kind) in table {
            assert_eq!(media_type(bytes).unwrap(), kind);
        }
    }

    #[test]
    fn image_bombs_are_refused() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert_eq!(media_type(&png).unwrap_err().code, Code::TooLarge);
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(media_type(&jpeg).unwrap_err().code, Code::TooLarge);
        let small = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, 0, 64, 0, 64];
        assert_eq!(media_type(&small).unwrap(), "image/jpeg");
    }
}
