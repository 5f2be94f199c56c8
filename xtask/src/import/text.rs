//! The bytes of a file as the reader of CSV wants them, whatever the encoding and the ends of lines: UTF-8 without a
//! byte order mark, and LF alone. A little of the file is in memory at any time.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use indicatif::ProgressBar;

/// What stands in for bytes that the encoding does not know. No UTF-8 holds it, so the field is seen to be wrong.
pub(super) const UNREADABLE: u8 = 0xFF;
/// The last line that is read, which is not in the file: where it is not a line of its own, a quote was never closed.
pub(super) const END: &[u8] = &[UNREADABLE];
/// A line longer than this is an error, so that a quote that nobody closes does not take all memory.
pub(super) const LONGEST_LINE: usize = 1024 * 1024;
/// The file is read in pieces of so many bytes.
const PIECE: usize = 64 * 1024;

/// Such a file, from front to back.
pub(super) struct Text {
    file: Box<dyn Read>,
    decoder: Option<Decoder>,
    piece: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
    after_return: bool,
    meter: Rc<Meter>,
    progress: ProgressBar,
}

/// What the reader of CSV does not tell of how far it is.
#[derive(Debug, Default)]
pub(super) struct Meter {
    handed_out: Cell<u64>,
    at_last_line: Cell<u64>,
    ended: Cell<bool>,
    too_long: Cell<bool>,
}

impl Meter {
    /// To be told before each line is read.
    pub(super) fn begin_line(&self) {
        self.at_last_line.set(self.handed_out.get());
    }

    /// Whether `byte` is how many there were in all.
    pub(super) fn is_end(&self, byte: u64) -> bool {
        self.ended.get() && self.handed_out.get() == byte
    }

    /// Whether reading failed because a line does not end.
    pub(super) fn is_too_long(&self) -> bool {
        self.too_long.get()
    }
}

impl Text {
    /// The text of `file`, counting its bytes on `progress`. A byte order mark says what the encoding is; without one it is
    /// `encoding`.
    ///
    /// # Errors
    /// Where its beginning cannot be read.
    pub(super) fn new(
        file: impl Read + 'static,
        encoding: &'static Encoding,
        progress: ProgressBar,
    ) -> io::Result<(Self, &'static Encoding)> {
        let mut file: Box<dyn Read> = Box::new(file);
        let mut head = Vec::new();
        file.by_ref().take(3).read_to_end(&mut head)?;
        let (encoding, mark) = Encoding::for_bom(&head).unwrap_or((encoding, 0));
        let head = io::Cursor::new(head.split_off(mark));
        let text = Self {
            file: Box::new(head.chain(file)),
            // UTF-8 is looked at field by field, where it can be said what is wrong with it.
            decoder: (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling()),
            piece: vec![0; PIECE],
            ready: Vec::with_capacity(2 * PIECE),
            taken: 0,
            after_return: false,
            meter: Rc::default(),
            progress,
        };
        Ok((text, encoding))
    }

    /// Tells how far the reading is.
    pub(super) fn meter(&self) -> Rc<Meter> {
        Rc::clone(&self.meter)
    }

    /// Reads and decodes the next piece.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        let mut length = 0;
        // Whole pieces, so that the first one holds the header, whatever the file comes from.
        while length < PIECE {
            match self.file.read(&mut self.piece[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.progress.inc(length as u64);
        let piece = &self.piece[..length];
        match &mut self.decoder {
            None => self.ready.extend_from_slice(piece),
            Some(decoder) => decode(decoder, piece, &mut self.ready),
        }
        self.unify_line_ends();
        if length == 0 {
            self.ready.push(b'\n');
            self.ready.extend_from_slice(END);
            self.ready.push(b'\n');
            self.meter.ended.set(true);
        }
        Ok(())
    }

    /// Makes LF of CRLF, and of CR alone.
    fn unify_line_ends(&mut self) {
        if !self.after_return && !self.ready.contains(&b'\r') {
            return;
        }
        let after_return = &mut self.after_return;
        self.ready.retain_mut(|byte| {
            let ends_with_return = std::mem::replace(after_return, *byte == b'\r');
            if *byte == b'\r' {
                *byte = b'\n';
                return true;
            }
            !(ends_with_return && *byte == b'\n')
        });
    }
}

impl Read for Text {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let meter = Rc::clone(&self.meter);
        if meter.handed_out.get() - meter.at_last_line.get() > LONGEST_LINE as u64 {
            meter.too_long.set(true);
            return Err(io::Error::other("a line does not end"));
        }
        while self.taken == self.ready.len() && !meter.ended.get() {
            self.refill()?;
        }
        let length = to.len().min(self.ready.len() - self.taken);
        to[..length].copy_from_slice(&self.ready[self.taken..self.taken + length]);
        self.taken += length;
        meter.handed_out.set(meter.handed_out.get() + length as u64);
        Ok(length)
    }
}

/// Appends what `bytes` mean to `to`; nothing more is to come where there are none.
fn decode(decoder: &mut Decoder, mut bytes: &[u8], to: &mut Vec<u8>) {
    let last = bytes.is_empty();
    let mut text = String::new();
    loop {
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(4 * PIECE);
        text.reserve(room);
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, last);
        to.extend_from_slice(text.as_bytes());
        text.clear();
        bytes = &bytes[read..];
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => to.push(UNREADABLE),
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

    use super::*;

    fn text_of(bytes: &'static [u8], encoding: &'static Encoding) -> Vec<u8> {
        let (mut text, _) = Text::new(bytes, encoding, ProgressBar::hidden()).unwrap();
        let mut all = Vec::new();
        text.read_to_end(&mut all).unwrap();
        assert!(text.meter().is_end(all.len() as u64));
        all.strip_suffix(b"\n\xFF\n").expect("the end").to_vec()
    }

    #[test]
    fn every_encoding_becomes_utf_8() {
        assert_eq!(text_of("é€".as_bytes(), UTF_8), "é€".as_bytes());
        assert_eq!(text_of(b"\xE9\x80", WINDOWS_1252), "é€".as_bytes());
        assert_eq!(text_of(b"\xE9\0\xAC\x20", UTF_16LE), "é€".as_bytes());
    }

    #[test]
    fn a_byte_order_mark_is_believed_and_taken_away() {
        assert_eq!(text_of(b"\xEF\xBB\xBFa", UTF_8), b"a");
        assert_eq!(text_of(b"\xEF\xBB\xBF\xC3\xA9", WINDOWS_1252), "é".as_bytes());
        assert_eq!(text_of(b"\xFF\xFEa\0", UTF_8), b"a");
        assert_eq!(text_of(b"\xFE\xFF\0a", UTF_8), b"a");
        assert_eq!(text_of(b"\0a", UTF_16BE), b"a");
        assert_eq!(text_of(b"", UTF_8), b"");
        assert_eq!(text_of(b"a", UTF_8), b"a");
    }

    #[test]
    fn what_an_encoding_does_not_know_is_no_utf_8_afterwards() {
        assert_eq!(text_of(b"\0\xD8a\0", UTF_16LE), b"\xFFa", "half a surrogate pair");
        assert_eq!(text_of(b"a\0b", UTF_16LE), b"a\xFF", "half a unit");
        assert_eq!(text_of(b"a\xE9", UTF_8), b"a\xE9");
    }

    #[test]
    fn every_end_of_a_line_becomes_lf() {
        assert_eq!(text_of(b"a\r\nb\rc\nd\r\r\ne\n\n\r", UTF_8), b"a\nb\nc\nd\n\ne\n\n\n");
    }

    #[test]
    fn a_line_end_may_be_split_between_pieces() {
        let mut bytes = vec![b'a'; PIECE - 1];
        bytes.extend_from_slice(b"\r\nb");
        let all = text_of(bytes.leak(), UTF_8);
        assert!(all.ends_with(b"aa\nb"), "one end");
    }
}
