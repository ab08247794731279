//! The text of a file: decompressed, and decoded from UTF-16 where it is that.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::error::FileError;

/// The most bytes of a file's text: thirty years of five-minute rows, or six months of every grid operator of the US.
pub const MOST_BYTES: usize = 256 * 1024 * 1024;

/// The bytes with which a gzip file begins (RFC 1952).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// The first bytes of other files, and what to do with them.
const OTHERS: [(&[u8], &str); 8] = [
    (b"PK\x03\x04", "a ZIP archive, or a spreadsheet: unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of Excel: save the sheet as CSV"),
    (b"PAR1", "a Parquet file: convert it to CSV"),
    (b"%PDF", "a PDF: save the table as CSV"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd: decompress it"),
    (b"BZh", "compressed by bzip2: decompress it"),
    (b"\xfd7zXZ", "compressed by xz: decompress it"),
    (b"SQLite format 3", "a database: export the table as CSV"),
];

/// The content of a file, decompressed where it is a gzip file: at most [`MOST_BYTES`] of it.
///
/// # Errors
///
/// When the compressed file is damaged, or larger than a series can be.
pub fn inflate(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FileError> {
    inflate_up_to(bytes, MOST_BYTES)
}

fn inflate_up_to(bytes: &[u8], most: usize) -> Result<Cow<'_, [u8]>, FileError> {
    if bytes.len() > most {
        return Err(FileError::TooLarge(most));
    }
    if !bytes.starts_with(GZIP) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut content = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(most as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| FileError::Gzip(error.to_string()))?;
    if content.len() > most {
        return Err(FileError::TooLarge(most));
    }
    Ok(Cow::Owned(content))
}

/// The text of a file that is not compressed, in UTF-8, or in UTF-16 with its byte order mark.
///
/// # Errors
///
/// When the file is not text, or in another encoding.
///
/// ```
/// use gpu_carbon_feeds::files::text;
/// assert_eq!(text(b"\xff\xfea\x00,\x00b\x00").unwrap(), "a,b");
/// assert_eq!(text(b"\xef\xbb\xbfa,b").unwrap(), "a,b");
/// assert!(text(b"PK\x03\x04").unwrap_err().to_string().contains("unpack it"));
/// ```
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, FileError> {
    if let Some((_, reason)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(FileError::NotText(reason));
    }
    match bytes {
        [0x1f, 0x8b, ..] => Err(FileError::NotText("compressed by gzip: decompress it")),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            // ASCII in UTF-16 is valid UTF-8, with NUL characters.
            if bytes.contains(&0) {
                let reason = "not text, or UTF-16 without a byte order mark: save it as UTF-8";
                return Err(FileError::NotText(reason));
            }
            let reason = "not UTF-8 text: save it as UTF-8";
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| FileError::NotText(reason))
        }
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, FileError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let decoded: Result<String, _> =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match decoded {
        Ok(text) if rest.is_empty() => Ok(Cow::Owned(text)),
        _ => Err(FileError::NotText("UTF-16 that is damaged or cut off: save it as UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(content).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn a_gzip_file_is_decompressed_up_to_a_limit() {
        let packed = gzip(b"a,b\n");
        assert_eq!(&*inflate(&packed).unwrap(), b"a,b\n");
        assert_eq!(&*inflate(b"a,b\n").unwrap(), b"a,b\n");
        assert!(matches!(inflate(&packed[..packed.len() - 3]), Err(FileError::Gzip(_))));
        let bomb = gzip(&[0; 1 << 16]);
        assert!(bomb.len() < 1000);
        for (most, is_read) in [(1 << 16, true), ((1 << 16) - 1, false), (1000, false)] {
            assert_eq!(inflate_up_to(&bomb, most).is_ok(), is_read, "{most}");
        }
        assert!(matches!(inflate_up_to(&bomb, 10), Err(FileError::TooLarge(10))));
    }

    #[test]
    fn every_encoding_is_decoded_or_named() {
        let text_of = |bytes: &[u8]| text(bytes).map(Cow::into_owned).map_err(|it| it.to_string());
        assert_eq!(text_of(b"\xfe\xff\x00a\x00,\x20\x82"), Ok("a,₂".to_owned()));
        assert!(text_of(b"\xff\xfea\x00,").unwrap_err().contains("cut off"));
        for utf_16 in [&b"a\x00\xff\x00"[..], b"a\x00,\x00b\x00", b"\x00a\x00,"] {
            assert!(text_of(utf_16).unwrap_err().contains("UTF-16"), "{utf_16:?}");
        }
        assert!(text_of(b"caf\xe9").unwrap_err().contains("not UTF-8"));
        assert!(text_of(&gzip(b"a")).unwrap_err().contains("gzip"));
    }
}
