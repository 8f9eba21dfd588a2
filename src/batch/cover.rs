//! The cover sheet of a batch: what to read over the phone before anything is loaded.
//!
//! It is made from the manifest alone, in both languages, so that it can be made again
//! and compared: a changed cover sheet is found as a changed file is.

use super::File;
use super::manifest::Manifest;
use crate::domain::known_insurance;
use crate::domain::{Kind, Money};
use crate::text::{Label, Lang, pad};
use std::fmt::Write as _;

/// Their names in the folder.
pub(super) const COVERS: [&str; 2] = ["cover.txt", "cover.html"];

/// Files named on the sheet; of the others only the count is.
const NAMED: usize = 20;

/// Both cover sheets of a batch.
pub(super) fn files(manifest: &Manifest) -> Vec<File> {
    let bytes = [text(manifest), html(manifest)];
    COVERS
        .iter()
        .zip(bytes)
        .map(|(name, text)| File { name: (*name).to_owned(), bytes: text.into_bytes() })
        .collect()
}

/// Name and value of what the sheet says first.
fn facts(manifest: &Manifest) -> Vec<(String, String)> {
    let both = |zh: &str, en: &str| format!("{zh} {en}");
    let word = |label: &dyn Label| format!("{} {}", label.label(Lang::Zh), label.label(Lang::En));
    let mut facts = vec![
        (both("批次", "batch"), format!("B{}", manifest.batch)),
        (both("用途", "purpose"), word(&manifest.purpose)),
        (both("机构", "facility"), format!("{} {}", manifest.facility, manifest.facility_name)),
        (both("通告", "notice"), manifest.notice.clone()),
        (both("制作时间", "made"), manifest.created_at.short()),
        (both("地区规则", "profile"), manifest.profile.name.clone()),
    ];
    if manifest.requests.is_empty() {
        facts.push((both("文件形式", "shape"), word(&manifest.layout.form)));
        facts.push((both("记录", "records"), manifest.records.to_string()));
        facts.push((both("明细行", "fee lines"), manifest.lines.to_string()));
    } else {
        facts.push((both("结算", "settlements"), manifest.records.to_string()));
    }
    facts.push((both("合计", "total"), yuan(manifest.total_fen)));
    if let Some(due) = manifest.refund_due_fen {
        facts.push((both("应退合计", "refund due"), yuan(due)));
    }
    if !manifest.left_out.is_empty() {
        facts.push((both("未进入批次", "left out"), manifest.left_out.join(" ")));
    }
    facts.push((both("待补填", "to fill in online"), manifest.to_fill().to_string()));
    if let Some(sealed) = &manifest.encrypted {
        let to = match &sealed.to[..] {
            [] => both("口令", "a passphrase"),
            keys => keys.join(" "),
        };
        facts.push((both("加密", "encrypted"), format!("{} → {to}", sealed.file)));
        facts.push((both("仍可读", "stays readable"), READABLE.to_owned()));
    }
    if let Some(signer) = &manifest.signed_by {
        facts.push((both("链头", "chain head"), manifest.chain_head.short()));
        facts.push((both("签名", "signed with"), format!("{} {}", signer.station, signer.fingerprint)));
    }
    facts.push((both("校验码", "seal"), manifest.digest().short()));
    facts
}

const READABLE: &str = "本页与 manifest.json，不含个人信息；其余内容均已加密 \
                        this page and manifest.json, which name no person; all else is encrypted";

/// What is asked of the platform, in the words of its request.
fn requests(manifest: &Manifest) -> Vec<[String; 7]> {
    let headings = [
        "险种 insutype",
        "清算类别 clr_type",
        "经办机构 setl_optins",
        "时段 days",
        "笔数 count",
        "总额 total",
        "基金 fund",
    ];
    let rows = manifest.requests.iter().map(|asked| {
        let days = format!("{}～{}", asked.from, asked.to);
        let (total, fund) = (asked.total_fen.to_string(), asked.fund_fen.to_string());
        let (insurance, clearing, body) = (&asked.insutype, &asked.clr_type, &asked.setl_optins);
        [insurance.clone(), clearing.clone(), body.clone(), days, asked.settlements.to_string(), total, fund]
    });
    std::iter::once(headings.map(str::to_owned))
        .chain(rows)
        .take_while(|_| !manifest.requests.is_empty())
        .collect()
}

fn yuan(money: Money) -> String {
    format!("{money} 元 yuan")
}

/// Totals by insurance and kind, as rows of words.
fn control(manifest: &Manifest) -> Vec<[String; 5]> {
    let headings = ["险种 insurance", "类别 kind", "记录 records", "明细 lines", "合计 total"];
    let mut rows = vec![headings.map(str::to_owned)];
    for line in &manifest.control {
        let insurance = match known_insurance(&line.insurance) {
            Some(known) => format!("{} {}", known.code, known.zh),
            None if line.insurance.is_empty() => "未知 unknown".to_owned(),
            None => line.insurance.clone(),
        };
        let kind =
            line.kind.parse::<Kind>().map_or(line.kind.clone(), |kind| kind.label(Lang::Zh).to_owned());
        rows.push([
            insurance,
            kind,
            line.records.to_string(),
            line.lines.to_string(),
            line.total_fen.to_string(),
        ]);
    }
    rows
}

fn listed(manifest: &Manifest) -> Vec<[String; 3]> {
    let named = manifest
        .files
        .iter()
        .take(NAMED)
        .map(|file| [file.name.clone(), file.rows.to_string(), file.sha256.short()]);
    let mut rows: Vec<[String; 3]> = named.collect();
    if let Some(more) = manifest.files.len().checked_sub(NAMED).filter(|more| *more > 0) {
        rows.push([format!("… 另有 {more} 个 and {more} more"), String::new(), String::new()]);
    }
    rows
}

const TITLE: &str = "挂账批次封面 Cover sheet of a batch";
const SAY: &str = "电话核对：请对方按清单算出校验码、记录数和合计，与本页逐项一致后再导入。
Over the phone: let the other side read its seal, records and totals; load nothing until all agree with this page.";

fn text(manifest: &Manifest) -> String {
    let mut text = format!("\u{feff}{TITLE}\r\n\r\n");
    for (name, value) in facts(manifest) {
        let _ = write!(text, "{}  {value}\r\n", pad(&name, 24));
    }
    text.push_str("\r\n");
    for row in control(manifest) {
        let _ = write!(text, "{}\r\n", row.map(|cell| pad(&cell, 26)).concat().trim_end());
    }
    text.push_str("\r\n");
    let requests = requests(manifest);
    for row in &requests {
        let cells: Vec<String> = row.iter().map(|cell| pad(cell, 24)).collect();
        let _ = write!(text, "{}\r\n", cells.concat().trim_end());
    }
    if !requests.is_empty() {
        text.push_str("\r\n");
    }
    for [name, rows, digest] in listed(manifest) {
        let _ = write!(text, "{}\r\n", [pad(&name, 36), pad(&rows, 8), digest].concat().trim_end());
    }
    let _ = write!(text, "\r\n{}\r\n\r\n", SAY.replace('\n', "\r\n"));
    text.push_str(
        "经办 done by ______________  核对 checked by ______________  日期 date ______________\r\n",
    );
    text
}

fn html(manifest: &Manifest) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"><title>{TITLE}</title>\n<style>{STYLE}</style></head><body>\n<h1>{TITLE}</h1>\n<table>\n"
    );
    for (name, value) in facts(manifest) {
        let _ = writeln!(page, "<tr><th>{}</th><td>{}</td></tr>", escaped(&name), escaped(&value));
    }
    page.push_str("</table>\n<table>\n");
    let control = control(manifest);
    if let Some((headings, rows)) = control.split_first() {
        table_head(&mut page, headings);
        for row in rows {
            table_row(&mut page, row);
        }
    }
    page.push_str("</table>\n<table>\n");
    let requests = requests(manifest);
    for row in &requests {
        table_row(&mut page, row);
    }
    if !requests.is_empty() {
        page.push_str("</table>\n<table>\n");
    }
    table_head(&mut page, &["文件 file", "行 rows", "校验码 seal"]);
    for row in listed(manifest) {
        table_row(&mut page, &row);
    }
    let _ = writeln!(page, "</table>\n<p>{}</p>", escaped(SAY).replace('\n', "<br>"));
    page.push_str("<p class=\"sign\"><span>经办 done by</span><span>核对 checked by</span><span>日期 date</span></p>\n</body></html>\n");
    page
}

fn table_head(page: &mut String, headings: &[impl AsRef<str>]) {
    page.push_str("<tr>");
    for heading in headings {
        let _ = write!(page, "<th>{}</th>", escaped(heading.as_ref()));
    }
    page.push_str("</tr>\n");
}

fn table_row(page: &mut String, cells: &[String]) {
    page.push_str("<tr>");
    for cell in cells {
        // Amounts and counts stand below each other by their last digit.
        let number = cell.parse::<Money>().is_ok();
        let _ = write!(page, "<td{}>{}</td>", if number { " class=\"n\"" } else { "" }, escaped(cell));
    }
    page.push_str("</tr>\n");
}

const STYLE: &str = "body{font:11pt/1.4 'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif;max-width:18cm;\
margin:1cm auto;color:#000;background:#fff}h1{font-size:16pt}table{border-collapse:collapse;margin:0 0 1em}\
td,th{border:1px solid #888;padding:2pt 6pt;text-align:left;font-weight:normal}th{background:#f2f2f2}\
.n{text-align:right}tr{page-break-inside:avoid}.sign{margin-top:3em;overflow:hidden}\
.sign span{float:left;width:30%;margin-right:3%;border-bottom:1px solid #000;padding-bottom:3pt}\
@page{size:A4;margin:15mm}@media print{body{margin:0;max-width:none}}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
