//! Amounts in the capitals that receipts ask for: 壹佰贰拾元整.
//!
//! The rules are those that banks print: a zero between digits is read once,
//! however many there are; what ends in yuan or jiao ends in 整. Written in
//! Chinese only, since no other language has them. Nothing here reads capitals
//! back.

use crate::domain::Money;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
/// Places within a group of four digits, from the highest.
const PLACES: [(u64, &str); 4] = [(1000, "仟"), (100, "佰"), (10, "拾"), (1, "")];
/// Groups of four digits, from the highest. Fourteen digits of yuan are the most that there are.
const GROUPS: [(u64, &str); 4] = [(1_000_000_000_000, "万"), (100_000_000, "亿"), (10_000, "万"), (1, "")];

impl Money {
    /// The amount in capitals, as `壹佰贰拾元整`; less than nothing begins with 负.
    pub fn capitals(self) -> String {
        let fen = self.fen().unsigned_abs();
        let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
        let mut text = String::from(if self.is_negative() { "负" } else { "" });
        if yuan > 0 {
            text.push_str(&whole(yuan));
            text.push('元');
        }
        if jiao > 0 {
            text.push_str(digit(jiao));
            text.push('角');
        } else if fen > 0 && yuan > 0 {
            text.push('零');
        }
        if fen > 0 {
            text.push_str(digit(fen));
            text.push('分');
        } else {
            text.push_str(if yuan == 0 && jiao == 0 { "零元整" } else { "整" });
        }
        text
    }
}

/// Whole yuan, more than none.
fn whole(yuan: u64) -> String {
    let mut text = String::new();
    let mut gap = false;
    for (at, (unit, name)) in GROUPS.iter().enumerate() {
        let group = yuan / unit % 10_000;
        if group == 0 {
            // Ten thousand times 亿 is 万亿: the name of the group stands though nothing is in it.
            if at == 1 && !text.is_empty() {
                text.push_str(name);
            }
            gap |= !text.is_empty();
            continue;
        }
        if !text.is_empty() && (gap || group < 1000) {
            text.push('零');
        }
        gap = false;
        text.push_str(&four(group));
        text.push_str(name);
    }
    text
}

/// One group of four digits, more than none.
fn four(group: u64) -> String {
    let mut text = String::new();
    let mut gap = false;
    for (unit, name) in PLACES {
        let at = group / unit % 10;
        if at == 0 {
            gap = !text.is_empty();
            continue;
        }
        if gap {
            text.push('零');
            gap = false;
        }
        text.push_str(digit(at));
        text.push_str(name);
    }
    text
}

fn digit(digit: u64) -> &'static str {
    usize::try_from(digit).ok().and_then(|at| DIGITS.get(at)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_as_a_receipt_writes_them() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("0",                 "零元整"),
            ("0.05",              "伍分"),
            ("0.50",              "伍角整"),
            ("0.55",              "伍角伍分"),
            ("1",                 "壹元整"),
            ("10",                "壹拾元整"),
            ("15.50",             "壹拾伍元伍角整"),
            ("120",               "壹佰贰拾元整"),
            ("325.04",            "叁佰贰拾伍元零肆分"),
            ("1001",              "壹仟零壹元整"),
            ("1010.10",           "壹仟零壹拾元壹角整"),
            ("1100",              "壹仟壹佰元整"),
            ("1680.32",           "壹仟陆佰捌拾元叁角贰分"),
            ("6007.14",           "陆仟零柒元壹角肆分"),
            ("10001",             "壹万零壹元整"),
            ("10100",             "壹万零壹佰元整"),
            ("107000.53",         "壹拾万柒仟元伍角叁分"),
            ("100000",            "壹拾万元整"),
            ("16409.02",          "壹万陆仟肆佰零玖元零贰分"),
            ("10000000001",       "壹佰亿零壹元整"),
            ("1000010000",        "壹拾亿零壹万元整"),
            ("123456789",         "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元整"),
            ("1000000000000",     "壹万亿元整"),
            ("10000500000000",    "壹拾万零伍亿元整"),
            ("99999999999999.99", "玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
            ("-12.50",            "负壹拾贰元伍角整"),
        ];
        for (yuan, capitals) in cases {
            assert_eq!(yuan.parse::<Money>().unwrap().capitals(), capitals, "{yuan}");
        }
    }

    /// Reads capitals back, the way a clerk does: digit, place, group.
    fn read(capitals: &str) -> i64 {
        let (mut sum, mut section, mut digit, mut yuan) = (0_i64, 0_i64, 0_i64, 0_i64);
        for ch in capitals.chars() {
            if let Some(value) = DIGITS.iter().position(|d| d.starts_with(ch)) {
                digit = i64::try_from(value).unwrap();
                continue;
            }
            match ch {
                '仟' => section += digit * 1000,
                '佰' => section += digit * 100,
                '拾' => section += digit * 10,
                '万' => {
                    sum += (section + digit) * 10_000;
                    section = 0;
                }
                '亿' => {
                    sum = (sum + section + digit) * 100_000_000;
                    section = 0;
                }
                '元' => {
                    yuan = (sum + section + digit) * 100;
                    section = 0;
                }
                '角' => yuan += digit * 10,
                '分' => yuan += digit,
                _ => {}
            }
            digit = 0;
        }
        yuan
    }

    proptest! {
        #[test]
        fn no_two_amounts_have_the_same_capitals(fen in 0_i64..=9_999_999_999_999_999, small in 0_i64..=99_999_999) {
            for fen in [fen, small] {
                let capitals = Money::from_fen(fen).capitals();
                prop_assert_eq!(read(&capitals), fen, "{}", capitals);
                prop_assert!(!capitals.contains("零零") && !capitals.contains("零元整") || fen == 0, "{}", capitals);
            }
        }
    }
}
