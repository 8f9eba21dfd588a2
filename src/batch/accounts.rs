//! The data text (数据文本) of personal accounts that move to the virtual side: a file for each bank, the control
//! totals, what stays behind, and a manifest with the digest of each, to be signed as that of a batch is.
//!
//! Which accounts go is decided elsewhere. The same head and lines give the same bytes.

use super::csv::Table;
use super::{Encoding, File, MANIFEST, SIGNATURE, Signer};
use crate::domain::{Digest, Money, Time};
use serde::Serialize;

/// The columns of a bank's file, as field ids of the platform where it has one.
const COLUMNS: [&str; 7] = ["psn_no", "psn_name", "psn_cert_type", "certno", "card_no", "bank", "balc"];
const CONTROL: [&str; 6] = ["bank", "file", "accounts", "total", "left_out", "left_out_total"];
const LEFT: [&str; 8] = ["break", "code", "bank", "name", "id_no", "card_no", "balance", "difference"];

/// What is said once for the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsHead {
    /// The lot.
    pub lot: String,
    /// The comparison it rests on.
    pub run: i64,
    /// Code of the facility.
    pub facility: String,
    /// When it was compared, +08:00.
    pub compared_at: Time,
    /// The balance above which an account was verified first.
    pub limit: Money,
    /// Whose key signs the manifest.
    pub signer: Signer,
}

/// One account that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLine {
    /// The bank it comes from.
    pub bank: String,
    /// The platform's number of the person.
    pub psn_no: String,
    /// The holder's name.
    pub name: String,
    /// Code of the document.
    pub id_type: String,
    /// Number of the document.
    pub id_no: String,
    /// The card, as the bank has it now; of several cards of one person all of them.
    pub card_no: String,
    /// What is on it.
    pub balance: Money,
}

/// One account that stays, masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftLine {
    /// Number of its break; 0 where it has none yet.
    pub number: i64,
    /// Why.
    pub code: &'static str,
    /// The bank.
    pub bank: String,
    /// The holder, masked.
    pub name: String,
    /// The document, masked.
    pub id_no: String,
    /// The card, masked.
    pub card_no: String,
    /// What is on it.
    pub balance: Money,
    /// Virtual side less bank.
    pub difference: Money,
}

/// The control totals of one bank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BankControl {
    /// Which bank.
    pub bank: String,
    /// Its file; empty where none of its accounts goes.
    pub file: String,
    /// Accounts that go.
    pub accounts: u64,
    /// What is on them.
    pub total_fen: Money,
    /// Accounts that stay, each unit once.
    pub left_out: u64,
    /// What is on those.
    pub left_out_fen: Money,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: Digest,
}

#[derive(Serialize)]
struct AccountsManifest<'a> {
    schema: u32,
    format: &'static str,
    lot: &'a str,
    run: i64,
    facility: &'a str,
    compared_at: Time,
    limit_fen: Money,
    accounts: u64,
    total_fen: Money,
    control: &'a [BankControl],
    files: Vec<Entry>,
    signed_by: &'a Signer,
}

/// The files of an export, without the signature, and the place of the manifest among them. `control` is filled in:
/// the file of each bank, and what goes.
pub fn accounts_folder(
    head: &AccountsHead,
    lines: &[AccountLine],
    left: &[LeftLine],
    control: &mut [BankControl],
) -> Vec<File> {
    let mut files = Vec::new();
    for (at, bank) in control.iter_mut().enumerate() {
        let own: Vec<_> = lines.iter().filter(|line| line.bank == bank.bank).collect();
        bank.accounts = own.len() as u64;
        bank.total_fen = own.iter().map(|line| line.balance).sum();
        if own.is_empty() {
            continue;
        }
        bank.file = format!("accounts-{:02}.txt", at + 1);
        files.push(File { name: bank.file.clone(), bytes: text_of(&own) });
    }
    files.push(File { name: "control.csv".to_owned(), bytes: control_of(control) });
    files.push(File { name: "left-out.csv".to_owned(), bytes: left_of(left) });
    let entry = |file: &File| Entry {
        name: file.name.clone(),
        bytes: file.bytes.len() as u64,
        sha256: Digest::of(&file.bytes),
    };
    let manifest = AccountsManifest {
        schema: 1,
        format: "guazhang accounts",
        lot: &head.lot,
        run: head.run,
        facility: &head.facility,
        compared_at: head.compared_at,
        limit_fen: head.limit,
        accounts: lines.len() as u64,
        total_fen: lines.iter().map(|line| line.balance).sum(),
        control,
        files: files.iter().map(entry).collect(),
        signed_by: &head.signer,
    };
    let mut bytes = serde_json::to_vec_pretty(&manifest).expect("a manifest is made of texts and numbers");
    bytes.push(b'\n');
    files.push(File { name: MANIFEST.to_owned(), bytes });
    files
}

impl File {
    /// The signature that stands beside a manifest.
    pub fn signature(bytes: [u8; 64]) -> File {
        File { name: SIGNATURE.to_owned(), bytes: bytes.to_vec() }
    }
}

/// A bank's file: TAB between cells, one line for each account, a line of field ids first. A cell holds no TAB.
fn text_of(lines: &[&AccountLine]) -> Vec<u8> {
    let mut text = format!("{}\n", COLUMNS.join("\t"));
    for line in lines {
        let AccountLine { bank, psn_no, name, id_type, id_no, card_no, balance } = line;
        let balance = balance.to_string();
        let cells = [psn_no, name, id_type, id_no, card_no, bank, &balance];
        text.push_str(&cells.map(|cell| cell.replace(char::is_control, " ")).join("\t"));
        text.push('\n');
    }
    text.into_bytes()
}

fn control_of(control: &[BankControl]) -> Vec<u8> {
    let mut table = Table::new(CONTROL, Encoding::Utf8Bom);
    for bank in control {
        let counts = [bank.accounts.to_string(), bank.left_out.to_string()];
        let sums = [bank.total_fen.to_string(), bank.left_out_fen.to_string()];
        table.row([&*bank.bank, &bank.file, &counts[0], &sums[0], &counts[1], &sums[1]]);
    }
    table.bytes
}

fn left_of(left: &[LeftLine]) -> Vec<u8> {
    let mut table = Table::new(LEFT, Encoding::Utf8Bom);
    for line in left {
        let number = if line.number == 0 { String::new() } else { line.number.to_string() };
        let sums = [line.balance.to_string(), line.difference.to_string()];
        table.row([
            &*number,
            line.code,
            &line.bank,
            &line.name,
            &line.id_no,
            &line.card_no,
            &sums[0],
            &sums[1],
        ]);
    }
    table.bytes
}
