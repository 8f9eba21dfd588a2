//! Writing a bundle: gone through twice, so that the header can say what is in it
//! and nothing larger than a line is ever held.

use super::header::{Measured, PartSum};
use super::{BundleFault, FORMAT, Header};
use crate::domain::{ChainLine, Digest, Digester, Money, Said};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::{self, ErrorKind, Read, Write};
use std::str::FromStr as _;

/// One line of a bundle: all events come first, in their order.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// An event.
    Event(&'a ChainLine),
    /// What is said of a record.
    Said(&'a Said),
}

impl Part<'_> {
    fn line(&self) -> Vec<u8> {
        let mut line = match self {
            Part::Event(event) => serde_json::to_vec(event),
            Part::Said(said) => serde_json::to_vec(said),
        }
        .expect("a line is made of texts and numbers");
        line.push(b'\n');
        line
    }
}

/// Counts, sums and digests of what goes by.
pub(super) struct Meter {
    first: Option<(i64, Digest)>,
    last: (i64, Digest),
    events: u64,
    records: u64,
    total: Money,
    refunds: Money,
    bytes: [u64; 2],
    digests: [Digester; 2],
}

impl Meter {
    pub(super) fn new() -> Meter {
        Meter {
            first: None,
            last: (0, Digest::NONE),
            events: 0,
            records: 0,
            total: Money::ZERO,
            refunds: Money::ZERO,
            bytes: [0; 2],
            digests: Default::default(),
        }
    }

    pub(super) fn event(&mut self, event: &ChainLine, line: &[u8]) {
        self.first.get_or_insert((event.seq, event.before));
        self.last = (event.seq, event.hash);
        self.events += 1;
        self.add(0, line);
    }

    pub(super) fn said(&mut self, said: &Said, line: &[u8]) {
        self.records += 1;
        if let Some(content) = &said.content {
            self.total += content.record.total;
        }
        if let Some(refund) = &said.results.refund {
            self.refunds += refund.amount;
        }
        self.add(1, line);
    }

    fn add(&mut self, part: usize, line: &[u8]) {
        self.bytes[part] += line.len() as u64;
        self.digests[part].update(line);
    }

    pub(super) fn finish(self) -> Measured {
        let [events, records] = self.digests;
        let (first, before) = self.first.unwrap_or((1, Digest::NONE));
        Measured {
            first,
            last: self.last.0,
            before,
            head: self.last.1,
            events: self.events,
            records: self.records,
            total: self.total,
            refunds: self.refunds,
            events_part: PartSum { bytes: self.bytes[0], sha256: events.finish() },
            records_part: PartSum { bytes: self.bytes[1], sha256: records.finish() },
        }
    }
}

/// Goes through what will be in a bundle and measures it; `produce` hands on every part.
///
/// # Errors
/// Those of `produce`.
pub fn measure<E>(
    produce: impl FnOnce(&mut dyn FnMut(Part<'_>) -> Result<(), E>) -> Result<(), E>,
) -> Result<Measured, E> {
    let mut meter = Meter::new();
    produce(&mut |part| {
        let line = part.line();
        match part {
            Part::Event(event) => meter.event(event, &line),
            Part::Said(said) => meter.said(said, &line),
        }
        Ok(())
    })?;
    Ok(meter.finish())
}

/// Writes the bundle of a header; `sign` signs the bytes it is given (Ed25519), `produce` hands on the same parts that
/// were measured.
///
/// # Errors
/// Those of `sign` and `produce`, what `out` says, and an error where the parts are not those that were measured, or a
/// receiver's key is none.
pub fn write<E: From<io::Error>>(
    header: &Header,
    out: impl Write,
    sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    produce: impl FnOnce(&mut dyn FnMut(Part<'_>) -> Result<(), E>) -> Result<(), E>,
) -> Result<(), E> {
    let line = header.line();
    let signature = data_encoding::HEXLOWER.encode(&sign(&Header::signed(&line))?);
    let mut out = encrypted(&header.to, out)?;
    writeln!(out, "{FORMAT}")?;
    out.write_all(&line)?;
    write!(out, "\n{signature}\n")?;
    let mut packed = DeflateEncoder::new(out, Compression::default());
    let mut meter = Meter::new();
    produce(&mut |part| {
        let line = part.line();
        match part {
            Part::Event(event) => meter.event(event, &line),
            Part::Said(said) => meter.said(said, &line),
        }
        Ok(packed.write_all(&line)?)
    })?;
    let found = meter.finish();
    let same = (found.head, found.events_part, found.records_part)
        == (header.head, header.events_part, header.records_part);
    if !same {
        return Err(io::Error::new(ErrorKind::InvalidData, "the ledger changed while it was sealed").into());
    }
    packed.finish()?.finish()?.flush()?;
    Ok(())
}

/// Seals what is inside a bundle anew, to another receiver. Signature and content stay those of whoever sealed it.
///
/// # Errors
/// [`BundleFault`] where it does not open with `secret` or cannot be read or written.
pub fn rewrap(from: impl Read, secret: &str, to: &str, out: impl Write) -> Result<(), BundleFault> {
    let at = |error: io::Error| BundleFault::Unreadable { text: error.to_string() };
    let mut inside = super::read::decrypted(from, secret)?;
    let mut out = encrypted(&[to.to_owned()], out).map_err(at)?;
    // What was altered shows itself here: nothing of it can be written on as if it were whole.
    io::copy(&mut inside, &mut out).map_err(|_| BundleFault::Altered)?;
    out.finish().map_err(at)?;
    Ok(())
}

fn encrypted<W: Write>(to: &[String], out: W) -> io::Result<age::stream::StreamWriter<W>> {
    let invalid = |text: String| io::Error::new(ErrorKind::InvalidInput, text);
    let keys: Vec<age::x25519::Recipient> = to
        .iter()
        .map(|key| age::x25519::Recipient::from_str(key).map_err(|error| invalid(format!("{key}: {error}"))))
        .collect::<io::Result<_>>()?;
    let encryptor = age::Encryptor::with_recipients(keys.iter().map(|key| key as &dyn age::Recipient));
    encryptor.map_err(|error| invalid(error.to_string()))?.wrap_output(out)
}
