//! Reading a bundle: every line proved as it goes by, and nothing counts before the
//! end was reached and all agreed.
//!
//! Memory holds one line. A receiver reads a bundle twice: once to prove it, once
//! within the change that takes it in, which is given up where the second reading
//! finds anything else.

use super::write::Meter;
use super::{BundleFault, FORMAT, Header, LONGEST_HEADER, LONGEST_LINE};
use crate::domain::{ChainLine, Digest, Money, Said};
use age::{DecryptError, Decryptor};
use ed25519_dalek::{Signature, VerifyingKey};
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::str::FromStr as _;

/// The longest head of the encryption itself.
const LONGEST_OUTER: u64 = 256 << 10;
/// How the last line of that head begins.
const OUTER_ENDS: &[u8] = b"\n---";
const OUTER_BEGINS: &[u8] = b"age-encryption.org/";
const HASH_DIGITS: usize = 128;

/// A line of a bundle that was read.
#[derive(Clone, Debug)]
pub enum Opened {
    /// An event.
    Event(Box<ChainLine>),
    /// What is said of a record.
    Said(Box<Said>),
}

/// Reads a bundle with the secret key of its receiver (`AGE-SECRET-KEY-1…`). `trust` sees the header before its
/// signature is looked at, `take` every line; both may refuse. What `take` was given counts only where this returns
/// the header.
///
/// # Errors
/// [`BundleFault`], and those of `trust` and `take`.
pub fn read<E: From<BundleFault>>(
    from: impl Read,
    secret: &str,
    trust: impl FnOnce(&Header) -> Result<(), E>,
    take: impl FnMut(&Header, Opened) -> Result<(), E>,
) -> Result<Header, E> {
    read_inside(decrypted(from, secret)?, trust, take)
}

/// The same of what stands inside the encryption.
///
/// # Errors
/// As [`read`].
pub fn read_inside<E: From<BundleFault>>(
    clear: impl Read,
    trust: impl FnOnce(&Header) -> Result<(), E>,
    mut take: impl FnMut(&Header, Opened) -> Result<(), E>,
) -> Result<Header, E> {
    let mut clear = BufReader::new(clear);
    let format = text_line(&mut clear, 80)?;
    if format != FORMAT.as_bytes() {
        let format = String::from_utf8_lossy(&format).into_owned();
        let ours = format.starts_with("guazhang bundle ");
        return Err(if ours { BundleFault::Newer { format } } else { BundleFault::NotABundle }.into());
    }
    let line = text_line(&mut clear, LONGEST_HEADER)?;
    let header = Header::read(&line)?;
    let signature = text_line(&mut clear, 200)?;
    trust(&header)?;
    if !is_signed(&header, &line, &signature) {
        return Err(BundleFault::Signature.into());
    }
    let mut lines = Lines { from: BufReader::new(DeflateDecoder::new(clear)), count: 0 };
    let mut meter = Meter::new();
    let (mut seq, mut hash) = (header.first, header.before);
    for _ in 0..header.events {
        let (line, event) = lines.next::<ChainLine>()?;
        let follows = event.seq == seq && event.before == hash && event.station == header.station;
        if !follows || !event.is_whole() {
            return Err(BundleFault::Chain { seq }.into());
        }
        meter.event(&event, &line);
        (seq, hash) = (seq + 1, event.hash);
        take(&header, Opened::Event(Box::new(event)))?;
    }
    let mut last = None;
    for _ in 0..header.records {
        let (line, said) = lines.next::<Said>()?;
        // In the order of events and numbers: nobody is spoken of twice.
        let key = (said.seq, said.number.clone());
        if let Some(text) =
            odd(&header, &said).or_else(|| (Some(&key) <= last.as_ref()).then(|| "order".to_owned()))
        {
            return Err(BundleFault::Line { line: lines.count, text }.into());
        }
        last = Some(key);
        meter.said(&said, &line);
        take(&header, Opened::Said(Box::new(said)))?;
    }
    lines.end()?;
    let found = meter.finish();
    let agree = [
        (
            "events",
            found.events_part == header.events_part && (header.events == 0 || found.head == header.head),
        ),
        ("records", found.records_part == header.records_part),
        ("total", found.total == header.total_fen),
        ("refunds", found.refunds == header.refunds_fen),
        ("head", hash == header.head && seq == header.last + 1),
    ];
    match agree.iter().find(|(_, agrees)| !agrees) {
        Some((what, _)) => Err(BundleFault::Sums { what }.into()),
        None => Ok(header),
    }
}

/// What a line says of a record that it cannot say.
fn odd(header: &Header, said: &Said) -> Option<String> {
    let number = said.number.to_string();
    if said.seq < header.first || said.seq > header.last {
        return Some(format!("{number}: seq {}", said.seq));
    }
    let Some(content) = &said.content else {
        return (said.number.station() == header.station).then(|| format!("{number}: no content"));
    };
    let wrong = [
        ("station", said.number.station() != header.station),
        ("version", content.version < 1 || said.stand.version < 1 || content.occurrence < 1),
        ("origin", content.origin.parse::<Digest>().is_err()),
        ("total", content.record.total.is_negative() || content.record.paid.is_some_and(Money::is_negative)),
        ("facility", !header.facilities.iter().any(|(code, _)| *code == content.record.facility)),
        ("refund", said.results.refund.as_ref().is_some_and(|refund| refund.amount.fen() <= 0)),
    ];
    wrong.iter().find(|(_, wrong)| *wrong).map(|(what, _)| format!("{number}: {what}"))
}

fn is_signed(header: &Header, line: &[u8], signature: &[u8]) -> bool {
    let exact = signature.len() == HASH_DIGITS;
    let signature = data_encoding::HEXLOWER.decode(signature).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let key = VerifyingKey::from_bytes(header.key.bytes()).ok();
    exact
        && key.zip(signature).is_some_and(|(key, sig)| key.verify_strict(&Header::signed(line), &sig).is_ok())
}

/// What stands inside the encryption.
pub(super) fn decrypted<R: Read>(mut from: R, secret: &str) -> Result<impl Read + use<R>, BundleFault> {
    let mut head = Vec::new();
    (&mut from).take(LONGEST_OUTER).read_to_end(&mut head).map_err(|error| unread(&error))?;
    if !head.starts_with(OUTER_BEGINS) {
        return Err(BundleFault::NotABundle);
    }
    if !head.windows(OUTER_ENDS.len()).any(|bytes| bytes == OUTER_ENDS) {
        return Err(BundleFault::Altered);
    }
    let identity = age::x25519::Identity::from_str(secret);
    let identity = identity.map_err(|text| BundleFault::Unreadable { text: text.to_owned() })?;
    let decryptor = Decryptor::new(io::Cursor::new(head).chain(from)).map_err(|error| locked(&error))?;
    if decryptor.is_scrypt() {
        return Err(BundleFault::NotABundle);
    }
    decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|error| locked(&error))
}

fn locked(error: &DecryptError) -> BundleFault {
    match error {
        DecryptError::NoMatchingKeys => BundleFault::NotForUs,
        DecryptError::Io(error) => unread(error),
        DecryptError::UnknownFormat => BundleFault::NotABundle,
        _ => BundleFault::Altered,
    }
}

/// The cipher reports damage and a cut as such; the rest is the disk's.
fn unread(error: &io::Error) -> BundleFault {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput => BundleFault::Altered,
        _ => BundleFault::Unreadable { text: error.to_string() },
    }
}

/// A line without its end, which must be there.
fn text_line(from: &mut impl BufRead, most: u64) -> Result<Vec<u8>, BundleFault> {
    let mut line = Vec::new();
    from.take(most + 1).read_until(b'\n', &mut line).map_err(|error| unread(&error))?;
    match line.pop() {
        Some(b'\n') => Ok(line),
        _ => Err(BundleFault::Altered),
    }
}

/// The compressed part, line by line.
struct Lines<R: BufRead> {
    from: BufReader<DeflateDecoder<R>>,
    count: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line with its end, and what it says.
    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<(Vec<u8>, T), BundleFault> {
        self.count += 1;
        let mut line = text_line(&mut self.from, LONGEST_LINE)?;
        let said = serde_json::from_slice(&line);
        line.push(b'\n');
        let wrong =
            |error: serde_json::Error| BundleFault::Line { line: self.count, text: error.to_string() };
        Ok((line, said.map_err(wrong)?))
    }

    /// Nothing comes after the last line, and the encryption ends where it should.
    fn end(&mut self) -> Result<(), BundleFault> {
        let mut more = [0];
        let left = self.from.read(&mut more).map_err(|error| unread(&error))?;
        let beyond = self.from.get_mut().get_mut().read(&mut more).map_err(|error| unread(&error))?;
        if left + beyond > 0 { Err(BundleFault::Altered) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::sample::{Sample, opened};

    #[test]
    fn a_bundle_opens_as_it_was_sealed() {
        let sample = Sample::new();
        let bytes = sample.sealed();
        let (header, events, said) = opened(&bytes, &sample.secret).unwrap();
        assert_eq!((header.first, header.last, header.events, header.records), (3, 5, 3, 1));
        assert_eq!((events, said), (sample.events.clone(), vec![sample.said.clone()]));
        assert!(!bytes.windows(6).any(|bytes| bytes == "王试".as_bytes()), "nobody is named outside");
        assert_eq!(opened(&bytes, &Sample::other_secret()).unwrap_err(), BundleFault::NotForUs);
    }

    /// What stands inside is what the naughty inputs and the fuzzer begin with.
    #[test]
    #[ignore = "writes the file that other tests read"]
    fn write_the_inside_of_a_bundle() {
        let sample = Sample::new();
        let bytes = sample.sealed();
        let mut inside = Vec::new();
        decrypted(&bytes[..], &sample.secret).unwrap().read_to_end(&mut inside).unwrap();
        let header = read_inside::<BundleFault>(&inside[..], |_| Ok(()), |_, _| Ok(())).unwrap();
        assert_eq!(header.events, 3);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bundles");
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(format!("{folder}/inside.bin"), inside).unwrap();
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_found() {
        let sample = Sample::new();
        let bytes = sample.sealed();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(opened(&changed, &sample.secret).is_err(), "byte {at}");
            assert!(opened(&bytes[..at], &sample.secret).is_err(), "cut at {at}");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert!(opened(&longer, &sample.secret).is_err(), "something after the end");
    }

    #[test]
    fn what_is_signed_and_contradicts_itself_is_refused() {
        type Change = fn(&mut Sample);
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&str, Change)] = &[
            ("an event changed",        |s| s.events[1].detail = "{\"x\":1}".to_owned()),
            ("an event left out",       |s| drop(s.events.remove(1))),
            ("events turned around",    |s| s.events.swap(0, 1)),
            ("another station's event", |s| s.events[2].station = "A9".to_owned()),
            ("said after the end",      |s| s.said.seq = 9),
            ("said before the stretch", |s| s.said.seq = 2),
            ("a record of others",      |s| s.said.number = "A9-0001".parse().unwrap()),
            ("its own without content", |s| s.said.content = None),
            ("an unknown facility",     |s| s.said.content.as_mut().unwrap().record.facility = "H9".to_owned()),
            ("a total below nothing",   |s| s.said.content.as_mut().unwrap().record.total = "-9.00".parse().unwrap()),
            ("a version before 1",      |s| s.said.content.as_mut().unwrap().version = 0),
        ];
        for (what, change) in cases {
            let mut sample = Sample::new();
            change(&mut sample);
            assert!(opened(&sample.sealed(), &sample.secret).is_err(), "{what}");
        }
    }

    #[test]
    fn a_header_that_promises_something_else_is_refused() {
        type Change = fn(&mut Header);
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&str, Change)] = &[
            ("schema",  |h| h.schema = 2),
            ("format",  |h| h.format = "guazhang bundle 0".to_owned()),
            ("first",   |h| h.first = 2),
            ("last",    |h| h.last = 6),
            ("before",  |h| h.before = Digest::of(b"x")),
            ("head",    |h| h.head = Digest::of(b"x")),
            ("events",  |h| h.events = 2),
            ("records", |h| h.records = 0),
            ("total",   |h| h.total_fen = "0.01".parse().unwrap()),
            ("refunds", |h| h.refunds_fen = "0.01".parse().unwrap()),
            ("bytes",   |h| h.events_part.bytes += 1),
            ("digest",  |h| h.records_part.sha256 = Digest::of(b"x")),
            ("station", |h| h.station = "窗口".to_owned()),
            ("ledger",  |h| h.ledger = "x".to_owned()),
            ("key",     |h| h.key = crate::domain::StationKey::from_bytes([9; 32])),
        ];
        for (what, change) in cases {
            let sample = Sample::new();
            let mut header = sample.header();
            change(&mut header);
            assert!(opened(&sample.sealed_as(&header), &sample.secret).is_err(), "{what}");
        }
    }
}
