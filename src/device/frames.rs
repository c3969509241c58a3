//! Cutting what a serial scanner sends into whole codes. Serial lines know no messages: one code may
//! come in many reads, several in one.

use super::scanner::{LineEnd, ScannerSettings};
use std::time::Duration;

/// A code without its line end after this long will not get one any more: the rest of it was lost, or
/// the scanner is set to another line end. It must not become the beginning of the next code.
const UNFINISHED: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    TooLong,
    /// The line end did not come: part of the code was lost, or `line_end` is set wrongly.
    NoLineEnd,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Code(Vec<u8>),
    Fault(Fault),
}

/// Cuts a stream of bytes into codes.
pub struct Frames {
    /// Empty when only silence ends a code.
    end: &'static [u8],
    gap: Duration,
    prefix: Vec<u8>,
    suffix: Vec<u8>,
    len_max: usize,
    pending: Vec<u8>,
    /// The code was too long: the rest of it is thrown away too.
    skipping: bool,
}

impl Frames {
    pub fn new(settings: &ScannerSettings) -> Self {
        Self {
            end: match settings.line_end {
                LineEnd::Cr => b"\r",
                LineEnd::Lf => b"\n",
                LineEnd::Crlf => b"\r\n",
                LineEnd::Timeout => b"",
            },
            gap: Duration::from_millis(settings.gap_ms),
            prefix: settings.prefix.clone().into_bytes(),
            suffix: settings.suffix.clone().into_bytes(),
            len_max: settings.max_len,
            pending: Vec::new(),
            skipping: false,
        }
    }

    /// After how much silence to call [`Frames::silence`].
    pub fn patience(&self) -> Option<Duration> {
        if self.pending.is_empty() && !self.skipping {
            None
        } else if self.end.is_empty() {
            Some(self.gap)
        } else {
            Some(UNFINISHED)
        }
    }

    pub fn take(&mut self, bytes: &[u8], hand_on: impl Fn(Piece)) {
        // What surrounds a code is not counted against it.
        let surroundings = self.end.len() + self.prefix.len() + self.suffix.len() + 2;
        for byte in bytes {
            // An empty code, or the other half of a line end: nothing has begun yet.
            if self.pending.is_empty() && !self.skipping && is_line_end(byte) {
                continue;
            }
            self.pending.push(*byte);
            if !self.end.is_empty() && self.pending.ends_with(self.end) {
                self.finish(&hand_on);
            } else if self.pending.len() > self.len_max + surroundings {
                self.skipping = true;
            }
            if self.skipping && self.pending.len() > self.end.len() {
                // Only what may be the beginning of the line end matters now.
                let seen = self.pending.len() - self.end.len();
                self.pending.drain(..seen);
            }
        }
    }

    pub fn silence(&mut self, hand_on: impl Fn(Piece)) {
        if self.end.is_empty() || self.skipping {
            self.finish(&hand_on);
        } else {
            self.pending.clear();
            hand_on(Piece::Fault(Fault::NoLineEnd));
        }
    }

    fn finish(&mut self, hand_on: &impl Fn(Piece)) {
        let whole = std::mem::take(&mut self.pending);
        if std::mem::take(&mut self.skipping) {
            return hand_on(Piece::Fault(Fault::TooLong));
        }
        let code = without_line_ends(&whole);
        let code = code.strip_prefix(self.prefix.as_slice()).unwrap_or(code);
        let code = code.strip_suffix(self.suffix.as_slice()).unwrap_or(code);
        if code.len() > self.len_max {
            hand_on(Piece::Fault(Fault::TooLong));
        } else if !code.is_empty() {
            hand_on(Piece::Code(code.to_vec()));
        }
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn without_line_ends(bytes: &[u8]) -> &[u8] {
    let begin = bytes.iter().take_while(|byte| is_line_end(byte)).count();
    let bytes = bytes.get(begin..).unwrap_or_default();
    let end = bytes.iter().rev().take_while(|byte| is_line_end(byte));
    bytes.get(..bytes.len() - end.count()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::RefCell;

    fn frames(more: &str) -> Frames {
        let settings = format!(r#"{{"device": "/dev/ttyACM0"{more}}}"#);
        Frames::new(&serde_json::from_str::<ScannerSettings>(&settings).unwrap())
    }

    /// What comes of these reads, each followed by silence where it stands so.
    fn pieces(frames: &mut Frames, reads: &[&[u8]]) -> Vec<Piece> {
        let found = RefCell::new(Vec::new());
        for read in reads {
            frames.take(read, |piece| found.borrow_mut().push(piece));
        }
        found.into_inner()
    }

    fn silence(frames: &mut Frames) -> Vec<Piece> {
        let found = RefCell::new(Vec::new());
        frames.silence(|piece| found.borrow_mut().push(piece));
        found.into_inner()
    }

    fn code(text: &str) -> Piece {
        Piece::Code(text.as_bytes().to_vec())
    }

    #[test]
    fn a_code_may_come_in_pieces_and_several_at_once() {
        let mut cr = frames("");
        let reads: [&[u8]; 4] = [b"ab", b"c\rde", b"\r\r\n\rf\rg", b"\r"];
        let wanted = [code("abc"), code("de"), code("f"), code("g")];
        assert_eq!(pieces(&mut cr, &reads), wanted);
        assert_eq!(cr.patience(), None);
        let mut crlf = frames(r#", "line_end": "crlf""#);
        let reads: [&[u8]; 3] = [b"a\rb\r", b"\nc\nd\r\n", b"\r\n"];
        assert_eq!(pieces(&mut crlf, &reads), [code("a\rb"), code("c\nd")]);
        assert_eq!(crlf.patience(), None);
    }

    #[test]
    fn silence_ends_a_code_only_where_nothing_else_does() {
        let mut timed = frames(r#", "line_end": "timeout", "gap_ms": 30"#);
        assert_eq!(pieces(&mut timed, &[b"ab", b"c\r\n"]), []);
        assert_eq!(timed.patience(), Some(Duration::from_millis(30)));
        assert_eq!(silence(&mut timed), [code("abc")]);
        let mut lf = frames(r#", "line_end": "lf""#);
        assert_eq!(pieces(&mut lf, &[b"\r\nhalf a co"]), []);
        assert_eq!(silence(&mut lf), [Piece::Fault(Fault::NoLineEnd)]);
        assert_eq!(pieces(&mut lf, &[b"whole\r\n"]), [code("whole")]);
    }

    #[test]
    fn prefix_and_suffix_are_taken_away_where_they_are() {
        let mut wrapped = frames(r#", "prefix": "\u0002S", "suffix": "\u0003""#);
        let reads: [&[u8]; 1] = [b"\x02Sab\x03\rcd\r\x02S\x03\rSS\r"];
        let wanted = [code("ab"), code("cd"), code("SS")];
        assert_eq!(pieces(&mut wrapped, &reads), wanted);
    }

    #[test]
    fn what_is_too_long_is_skipped_to_its_end_and_no_further() {
        for (end, name) in [("\r", "cr"), ("\n", "lf"), ("\r\n", "crlf")] {
            let mut short = frames(&format!(r#", "max_len": 16, "line_end": "{name}""#));
            let fits = "x".repeat(16);
            let stream = format!("{fits}{end}y{fits}{end}{}{end}ok{end}", "z".repeat(1_000));
            let wanted = [
                code(&fits),
                Piece::Fault(Fault::TooLong),
                Piece::Fault(Fault::TooLong),
                code("ok"),
            ];
            assert_eq!(pieces(&mut short, &[stream.as_bytes()]), wanted, "{name}");
            assert!(short.pending.capacity() < 128);
        }
        let mut timed = frames(r#", "max_len": 16, "line_end": "timeout""#);
        assert_eq!(pieces(&mut timed, &[&[b'x'; 5_000]]), []);
        assert_eq!(silence(&mut timed), [Piece::Fault(Fault::TooLong)]);
        assert_eq!(timed.patience(), None);
    }

    proptest! {
        #[test]
        fn how_the_line_divides_the_bytes_does_not_matter(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'\x02'), any::<u8>()], 0..200),
            step in 1_usize..50,
            end in prop_oneof![Just("cr"), Just("lf"), Just("crlf"), Just("timeout")],
        ) {
            let more = format!(r#", "max_len": 16, "prefix": "\u0002", "line_end": "{end}""#);
            let whole = pieces(&mut frames(&more), &[&bytes]);
            let reads: Vec<&[u8]> = bytes.chunks(step).collect();
            let divided = pieces(&mut frames(&more), &reads);
            prop_assert_eq!(&whole, &divided);
            for piece in whole {
                if let Piece::Code(code) = piece {
                    prop_assert!((1..=16).contains(&code.len()));
                }
            }
        }
    }
}
