//! What an event kept beside its kind, as a person reads it: `total 126.50`,
//! `stage pending → void`. Programs get the JSON itself; this is for tables only.

use crate::domain::{Digest, Money, PayMethod, Purpose, Resolution, Route, SealReason, Stage, Status};
use crate::report::words::word;
use crate::text::{Label, Lang};
use serde_json::Value;

/// The detail of an event in words; a text that is not JSON as it is.
pub fn detail(text: &str, lang: Lang) -> String {
    serde_json::from_str(text).map_or_else(|_| text.to_owned(), |value| told("", &value, lang))
}

/// What an event is of, as short as a table needs it: `record A1-0007` is `A1-0007`, since the event says that
/// a record was touched; of a file the beginning of its digest.
pub fn subject(text: &str, lang: Lang) -> String {
    match text.split_once(' ') {
        Some(("file", digest)) => digest.get(..8).unwrap_or(digest).to_owned(),
        Some(("break", number)) => format!("{} {number}", lang.pick("差异", "break")),
        Some((_, name)) => name.to_owned(),
        None if text == "ledger" => lang.pick("账本", "ledger").to_owned(),
        None => text.to_owned(),
    }
}

/// A value; `key` says what it is of.
fn told(key: &str, value: &Value, lang: Lang) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(flag) => (if *flag { lang.pick("是", "yes") } else { lang.pick("否", "no") }).to_owned(),
        Value::Number(number) => match number.as_i64().filter(|_| key.ends_with("_fen")) {
            Some(fen) => Money::from_fen(fen).to_string(),
            None => number.to_string(),
        },
        // A digest is told as every other is: in short.
        Value::String(text) if key == "data" => {
            text.parse::<Digest>().map_or_else(|_| text.clone(), |digest| digest.short())
        }
        Value::String(text) => label(key, text, lang),
        // Two values are what it was and what it became.
        Value::Array(pair) if pair.len() == 2 => {
            format!("{} → {}", side(key, &pair[0], lang), side(key, &pair[1], lang))
        }
        Value::Array(_) => side(key, value, lang),
        Value::Object(fields) if fields.contains_key("sealed") => {
            lang.pick("（已加密）", "(sealed)").to_owned()
        }
        Value::Object(fields) => joined(fields.iter().filter_map(|field| entry(field, lang)), lang),
    }
}

/// What stands on one side of a change; a list there is one.
fn side(key: &str, value: &Value, lang: Lang) -> String {
    match value {
        Value::Array(items) => joined(items.iter().map(|item| side(key, item, lang)), lang),
        Value::Object(fields) => {
            let known = fields.iter().filter(|(_, value)| !value.is_null());
            joined(known.map(|(key, value)| told(key, value, lang)), lang)
        }
        Value::String(text) if text.is_empty() => "-".to_owned(),
        value => told(key, value, lang),
    }
}

fn joined(parts: impl Iterator<Item = String>, lang: Lang) -> String {
    parts.collect::<Vec<_>>().join(lang.pick("，", ", "))
}

/// `key value`; nothing where nothing is known or it did not move.
fn entry((key, value): (&String, &Value), lang: Lang) -> Option<String> {
    let stays = value.as_array().is_some_and(|pair| pair.len() == 2 && pair[0] == pair[1]);
    let empty = value.is_null() || value.as_str() == Some("") || *value == Value::Bool(false);
    // A run's counts by verdict and its bridge fill a screen; `reconcile status` has them.
    // Counters and the numbers of identity rows are there to be proved from, not read.
    let numbers = matches!(key.as_str(), "counters" | "coverage" | "file_row" | "stages")
        || (key == "person" && value.is_array());
    if stays || empty || numbers || matches!(key.as_str(), "verdicts" | "bridge" | "bridge_ties" | "what") {
        return None;
    }
    let said = told(key, value, lang);
    // What changed is named by its own fields.
    if key == "changes" {
        return (!said.is_empty()).then_some(said);
    }
    // Each answer stands with its record, and in the batch.
    if key == "answers" {
        let count = value.as_array().map_or(0, Vec::len);
        return Some(format!("{} {count}", name(key, lang)));
    }
    Some(format!("{} {said}", name(key, lang)))
}

/// A value of a closed list in words, a time to the minute; any other text as it is.
fn label(key: &str, text: &str, lang: Lang) -> String {
    fn of<T: Label + std::str::FromStr>(text: &str, lang: Lang) -> Option<String> {
        text.parse::<T>().ok().map(|value| value.label(lang).to_owned())
    }
    let known = match key {
        "stage" => of::<Stage>(text, lang),
        "status" => of::<Status>(text, lang),
        "route" => of::<Route>(text, lang),
        "how" => of::<Resolution>(text, lang),
        "pay_method" => of::<PayMethod>(text, lang),
        "purpose" => of::<Purpose>(text, lang),
        "why" => of::<SealReason>(text, lang),
        _ if key.ends_with("_at") => text.parse().ok().map(crate::domain::Time::short),
        "papers" | "paper" => Some(word(text, lang)),
        _ if text == "changed" => Some(lang.pick("已改", "changed").to_owned()),
        _ => None,
    };
    known.unwrap_or_else(|| text.to_owned())
}

fn name(key: &str, lang: Lang) -> String {
    match NAMES.iter().find(|(known, ..)| *known == key) {
        Some((_, zh, en)) => lang.pick(zh, en).to_owned(),
        None => word(key, lang),
    }
}

#[rustfmt::skip] // the columns are the point
const NAMES: &[(&str, &str, &str)] = &[
    ("again",          "再次发出", "sent again"),
    ("amount_fen",     "金额",     "amount"),
    ("answers",        "回执",     "answers"),
    ("command",        "命令",     "command"),
    ("decision",       "处理意见", "decision"),
    ("counted_fen",    "清点",     "counted"),
    ("diagnosis_code", "诊断编码", "diagnosis code"),
    ("diagnosis_name", "诊断",     "diagnosis"),
    ("difference_fen", "差额",     "difference"),
    ("digest_only",    "仅留摘要", "kept as digest only"),
    ("due_at",         "截止",     "until"),
    ("evidence",       "依据",     "evidence"),
    ("encrypted",      "加密",     "encrypted"),
    ("expected_fen",   "应有",     "expected"),
    ("float_fen",      "备用金",   "float"),
    ("head",           "链头",     "head"),
    ("head_seq",       "末个事件", "last event"),
    ("holder",         "持有人",   "holder"),
    ("how",            "处理方式", "how"),
    ("lines",          "明细",     "fee lines"),
    ("gone",           "已消失",   "breaks gone"),
    ("lost",           "丢失",     "lost"),
    ("name",           "名称",     "name"),
    ("new_breaks",     "新差异",   "new breaks"),
    ("new_rows",       "新增行",   "new rows"),
    ("note",           "备注",     "note"),
    ("paid_fen",       "已付",     "paid"),
    ("paper",          "材料",     "paper"),
    ("pay_method",     "支付方式", "paid by"),
    ("person",         "人员",     "person"),
    ("reason",         "原因",     "reason"),
    ("receipt_no",     "票据号",   "receipt"),
    ("record_no",      "单号",     "record no."),
    ("recovery",       "用恢复码", "by recovery code"),
    ("replaced",       "替换",     "replaced"),
    ("resumed_at",     "恢复时间", "back at"),
    ("route",          "去向",     "way back"),
    ("rows",           "行数",     "rows"),
    ("settled",        "本次结算", "settled"),
    ("shift_of",       "班次属于", "shift of"),
    ("size",           "字节",     "bytes"),
    ("stage",          "阶段",     "stage"),
    ("station",        "窗口",     "station"),
    ("status",         "状态",     "status"),
    ("still_open",     "仍未解决", "still open"),
    ("tolerance_fen",  "容差",     "tolerance"),
    ("total_fen",      "总额",     "total"),
    ("unsettled",      "撤销结算", "settlements undone"),
    ("why",            "场合",     "on"),
    ("window",         "时段",     "window"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_reads_as_a_person_would_say_it() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (r#"{"record_no":"MZ-1","total_fen":12650}"#,                    "record no. MZ-1, total 126.50",   "单号 MZ-1，总额 126.50"),
            (r#"{"reason":"typed twice","stage":["pending","void"]}"#,       "reason typed twice, stage pending → void", "原因 typed twice，阶段 待处理 → 已作废"),
            (r#"{"changes":{"paid_fen":[8800,null]},"stage":["pending","pending"]}"#, "paid 88.00 → -",         "已付 88.00 → -"),
            (r#"{"changes":{"papers":[null,["receipt","card"]]}}"#,          "papers - → receipt, social security card", "材料 - → 收费票据，社保卡（医保卡）"),
            (r#"{"window":"all","facility":null,"resumed_at":"2021-11-01T08:00:00"}"#, "window all, back at 2021-11-01 08:00", "时段 all，恢复时间 2021-11-01 08:00"),
            ("{}",                                                           "",                                ""),
            ("not JSON",                                                     "not JSON",                        "not JSON"),
        ];
        for (text, en, zh) in cases {
            assert_eq!((detail(text, Lang::En).as_str(), detail(text, Lang::Zh).as_str()), (en, zh));
        }
    }
}
