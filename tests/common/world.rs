//! A made-up downtime: visits with fee lines, the platform's statement of them,
//! and the truth about every row. The same seed gives the same world.
//!
//! Kept well defined on purpose: record numbers are unique, and so is a person
//! with a total; a visit with a difference belongs to a person with no other
//! visit; an extra row of the platform belongs to a person with none.

use super::{Dice, Sheet};
use guazhang::domain::Money;
use std::collections::{BTreeMap, BTreeSet};

/// The facility whose ledger it is.
pub(crate) const OWN: &str = "H14090100001";
const FACILITIES: &[&str] = &[OWN, "H14090100002", "H14090100003"];

const SURNAMES: &[&str] = &["陆", "韦", "苏", "裴", "𠮷田", "欧阳"];
const GIVEN: &[&str] = &["试宁", "样安", "例", "试·样", "拟青", "䶮"];
const ITEMS: &[&str] =
    &["普通门诊诊查费 次", "阿莫西林胶囊 0.25g*24粒", "盒,医保限价", "国产 \"普通\" 型 支"];

/// How many of a hundred visits differ, and how.
#[derive(Clone, Copy)]
pub(crate) struct Shares {
    pub(crate) missing: u64,
    pub(crate) mismatch: u64,
    pub(crate) duplicate: u64,
    pub(crate) reversed: u64,
    pub(crate) extra: u64,
    /// Platform rows that do not carry the facility's number.
    pub(crate) nameless: u64,
}

impl Shares {
    /// More of each difference than a real changeover has, so that few records show all of them.
    pub(crate) const MANY: Shares =
        Shares { missing: 3, mismatch: 3, duplicate: 2, reversed: 2, extra: 2, nameless: 30 };
}

/// Both sides and the truth.
pub(crate) struct World {
    pub(crate) records: Sheet,
    pub(crate) lines: Sheet,
    pub(crate) statement: Sheet,
    /// The verdict on each record number.
    pub(crate) verdicts: BTreeMap<String, &'static str>,
    /// `setl_id` of the rows that only the platform has.
    pub(crate) extras: BTreeSet<String>,
}

#[derive(Clone)]
struct Patient {
    id_no: String,
    name: String,
    psn_no: String,
}

struct Maker {
    dice: Dice,
    world: World,
    known: BTreeSet<String>,
    returning: Vec<Patient>,
    totals: BTreeSet<(String, i64)>,
    settlements: u64,
}

impl World {
    pub(crate) fn new(visits: u64, seed: u64) -> World {
        World::with(visits, seed, Shares::MANY)
    }

    pub(crate) fn with(visits: u64, seed: u64, shares: Shares) -> World {
        let mut maker = Maker::new(seed);
        for at in 1..=visits {
            maker.visit(at, shares);
        }
        for at in 0..visits * shares.extra / 100 {
            let patient = maker.new_patient();
            let no = if maker.dice.percent(70) { format!("DTX{at:09}") } else { String::new() };
            let total = 500 + i64::try_from(maker.dice.below(80_000)).unwrap();
            let setl_id = maker.settle(&patient, total, false, &no);
            maker.world.extras.insert(setl_id);
        }
        maker.dice.shuffle(&mut maker.world.statement.rows);
        maker.world
    }
}

impl Maker {
    fn new(seed: u64) -> Maker {
        let world = World {
            records: Sheet::new(&[
                "record_no",
                "kind",
                "facility",
                "patient_name",
                "id_no",
                "region",
                "insutype",
                "occurred_at",
                "total",
                "paid",
                "receipt_no",
                "papers",
                "locality",
            ]),
            lines: Sheet::new(&[
                "record_no",
                "line_no",
                "item_code",
                "item_name",
                "qty",
                "unit_price",
                "amount",
            ]),
            statement: Sheet::new(&[
                "setl_id",
                "mdtrt_id",
                "psn_no",
                "certno",
                "setl_time",
                "medfee_sumamt",
                "fund_pay_sumamt",
                "acct_pay",
                "psn_cash_pay",
                "refd_setl_flag",
                "fac_record_no",
            ]),
            verdicts: BTreeMap::new(),
            extras: BTreeSet::new(),
        };
        Maker {
            dice: Dice::new(seed),
            world,
            known: BTreeSet::new(),
            returning: Vec::new(),
            totals: BTreeSet::new(),
            settlements: 0,
        }
    }

    fn visit(&mut self, at: u64, shares: Shares) {
        let verdict = self.verdict(shares);
        let patient = match verdict {
            "matched" if !self.returning.is_empty() && self.dice.percent(40) => {
                self.dice.pick(&self.returning).clone()
            }
            "matched" => {
                let patient = self.new_patient();
                if self.dice.percent(50) {
                    self.returning.push(patient.clone());
                }
                patient
            }
            _ => self.new_patient(),
        };
        let no = format!("DT{at:08}");
        let total = self.record(&no, at, &patient);
        let on_platform = if self.dice.percent(shares.nameless) { String::new() } else { no.clone() };
        match verdict {
            "missing" => {}
            "amount_mismatch" => {
                let by = 1 + i64::try_from(self.dice.below(5_000)).unwrap();
                let other = if self.dice.percent(50) || total <= by { total + by } else { total - by };
                self.settle(&patient, other, false, &on_platform);
            }
            "duplicate" | "reversed" => {
                self.settle(&patient, total, false, &on_platform);
                let second = if verdict == "reversed" { -total } else { total };
                self.settle(&patient, second, verdict == "reversed", &on_platform);
            }
            _ => {
                self.settle(&patient, total, false, &on_platform);
            }
        }
        self.world.verdicts.insert(no, verdict);
    }

    fn verdict(&mut self, shares: Shares) -> &'static str {
        let mut rolled = self.dice.below(100);
        for (verdict, share) in [
            ("missing", shares.missing),
            ("amount_mismatch", shares.mismatch),
            ("duplicate", shares.duplicate),
            ("reversed", shares.reversed),
        ] {
            match rolled.checked_sub(share) {
                None => return verdict,
                Some(rest) => rolled = rest,
            }
        }
        "matched"
    }

    /// Writes a record with its fee lines; its total.
    fn record(&mut self, no: &str, at: u64, patient: &Patient) -> i64 {
        let (rows, total) = loop {
            let (mut rows, mut total) = (Vec::new(), 0);
            for line_no in 1..=1 + self.dice.below(4) {
                let price = 50 + i64::try_from(self.dice.below(9_000)).unwrap();
                let quantity = 1 + i64::try_from(self.dice.below(5)).unwrap();
                let item = self.dice.below(ITEMS.len() as u64);
                let name = ITEMS[usize::try_from(item).unwrap()];
                let code = format!("XJ01C{:09}", 100 + item);
                let (price, amount) = (price, price * quantity);
                total += amount;
                let cells = [no, &line_no.to_string(), &code, name, &quantity.to_string()];
                let mut row: Vec<String> = cells.map(str::to_owned).into();
                row.extend([yuan(price), yuan(amount)]);
                rows.push(row);
            }
            if self.totals.insert((patient.id_no.clone(), total)) {
                break (rows, total);
            }
        };
        self.world.lines.rows.extend(rows);
        let kind = *self.dice.pick(&["outpatient", "outpatient", "outpatient", "pharmacy", "inpatient"]);
        let paid = if self.dice.percent(70) {
            total
        } else {
            total * (20 + i64::try_from(self.dice.below(80)).unwrap()) / 100
        };
        let (day, hour, minute) = (22 + self.dice.below(9), 6 + self.dice.below(16), self.dice.below(60));
        let when = format!("2021-10-{day} {hour:02}:{minute:02}:00");
        let facility = *self.dice.pick(FACILITIES);
        let insurance = *self.dice.pick(&["310", "390"]);
        let receipt = format!("R{:010}", 2_000_000_000 + at);
        let row = [no, kind, facility, &patient.name, &patient.id_no, "140902", insurance, &when];
        let mut row: Vec<String> = row.map(str::to_owned).into();
        row.extend([yuan(total), yuan(paid), receipt, "receipt".to_owned(), "local".to_owned()]);
        self.world.records.rows.push(row);
        total
    }

    /// Writes one row of the statement; its `setl_id`.
    fn settle(&mut self, patient: &Patient, total: i64, refunded: bool, no: &str) -> String {
        self.settlements += 1;
        let at = self.settlements;
        let fund = total * (45 + i64::try_from(at % 40).unwrap()) / 100;
        let account = (total - fund) * i64::try_from(at % 3).unwrap() / 4;
        let setl_id = format!("S{at:015}");
        let when = format!("2021-11-{:02} {:02}:30:05", 2 + self.dice.below(20), 8 + self.dice.below(10));
        self.world.statement.rows.push(vec![
            setl_id.clone(),
            format!("M{:015}", 7_000_000 + at),
            patient.psn_no.clone(),
            patient.id_no.clone(),
            when,
            yuan(total),
            yuan(fund),
            yuan(account),
            yuan(total - fund - account),
            u8::from(refunded).to_string(),
            no.to_owned(),
        ]);
        setl_id
    }

    fn new_patient(&mut self) -> Patient {
        let id_no = loop {
            let (year, month, day) =
                (1935 + self.dice.below(80), 1 + self.dice.below(12), 1 + self.dice.below(28));
            let (area, order) = (self.dice.below(30), self.dice.below(1_000));
            let id_no = with_check(&format!("1499{area:02}{year}{month:02}{day:02}{order:03}"));
            if self.known.insert(id_no.clone()) {
                break id_no;
            }
        };
        let name = format!("{}{}", self.dice.pick(SURNAMES), self.dice.pick(GIVEN));
        let psn_no = format!("14{:014}", self.dice.below(100_000_000_000_000));
        Patient { id_no, name, psn_no }
    }
}

fn yuan(fen: i64) -> String {
    Money::from_fen(fen).to_string()
}

/// An identity number's seventeen digits with their check digit (GB 11643). The area's middle pair is 99, which
/// is nobody's.
pub(crate) fn with_check(body: &str) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        body.chars().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    format!("{body}{}", char::from(check))
}
