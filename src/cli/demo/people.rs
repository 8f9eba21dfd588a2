//! People who do not exist: names put together from two lists, identity numbers
//! of an area that no register has (third and fourth digit 99), made-up phones.
//!
//! The same number always gives the same person; nothing here is drawn by lot.

use crate::domain::{CertNo, Time};

const FAMILY: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓",
    "许", "傅", "沈", "曾", "彭", "吕", "欧阳", "上官",
];

const GIVEN: &[&str] = &[
    "小禾", "云舟", "听澜", "知夏", "向晚", "青禾", "一诺", "明远", "星野", "若谷", "望舒", "南乔", "北辰",
    "秋实", "春晓", "守拙", "怀瑾", "清和", "长庚", "采薇", "半夏", "景行", "子衿", "维桢", "嘉木", "成蹊",
    "思齐", "致远", "修竹", "含章", "允中", "安之",
];

/// A made-up person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// In Chinese, two to four characters.
    pub(super) name: String,
    /// 18 characters, check character right.
    pub(super) id_no: String,
    /// Eleven digits.
    pub(super) phone: String,
}

/// The person of that number.
pub(super) fn person(number: usize) -> Person {
    let (family, given) = (FAMILY[number % FAMILY.len()], GIVEN[(number / 3 + number * 7) % GIVEN.len()]);
    let (year, month, day) = (1938 + number * 7 % 74, 1 + number * 5 % 12, 1 + number * 11 % 28);
    let body = format!("149901{year}{month:02}{day:02}{:03}", number % 1000);
    Person {
        name: format!("{family}{given}"),
        id_no: checked(&body),
        phone: format!("1990099{:04}", number * 37 % 10_000),
    }
}

/// The number whose check character fits; there is exactly one.
fn checked(body: &str) -> String {
    let now = Time::new(2021, 10, 20, 0, 0, 0).expect("a day of the calendar");
    let all = "0123456789X".chars().map(|last| format!("{body}{last}"));
    all.into_iter().find(|number| CertNo::read(number, now).is_ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn three_hundred_people_are_all_different_and_none_is_real() {
        let people: Vec<Person> = (0..400).map(person).collect();
        let numbers: BTreeSet<&str> = people.iter().map(|person| person.id_no.as_str()).collect();
        assert_eq!(numbers.len(), people.len());
        assert!(numbers.iter().all(|number| number.len() == 18 && &number[2..4] == "99"));
        let names: BTreeSet<&str> = people.iter().map(|person| person.name.as_str()).collect();
        assert!(names.len() > 200, "{}", names.len());
    }
}
