//! A made-up city: the bundles that its facilities would hand in, what the platform would say of
//! them, and the truth, to be loaded, measured and compared.
//!
//! Nobody in it exists: the area code of every identity number has 99 in its middle, and so has
//! that of every facility. The same numbers give the same records; only the encryption differs.

use crate::domain::{
    ChainLine, Digest, Facts, Kind, Line, Money, PeerCard, Person, Record, RecordId, Said, SaidContent,
    SaidResults, ShortNumber, Stage, Stand, StationKey, Time, Verdict,
};
use crate::exchange::{About, Header, Part, measure, write};
use crate::text::Label as _;
use crate::work::city::CityError;
use crate::work::city::dice::Dice;
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// So many facilities share a statement file.
const GROUP: u32 = 100;
const STATION: &str = "A1";
const SURNAMES: [&str; 10] = ["甄", "贾", "裴", "冉", "覃", "陆", "盛", "乔", "尹", "苗"];
const GIVEN: [&str; 11] = ["合", "成", "样", "本", "虚", "拟", "演", "示", "测", "算", "例"];
const WEIGHTS: [u64; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const HEADINGS: &str = "fixmedins_code,setl_id,init_setl_id,mdtrt_id,psn_no,certno,psn_name,med_type,insutype,setl_time,\
    medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,medins_setl_id,record_no\n";

/// How large a city to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CitySize {
    /// Facilities.
    pub facilities: u32,
    /// Records of each.
    pub records: u32,
    /// Fee lines of each record.
    pub lines: u32,
    /// Another seed, another city.
    pub seed: u64,
}

/// What was made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Records in bundles.
    pub records: u64,
    /// Rows in statements.
    pub rows: u64,
    /// Bytes of bundles.
    pub bytes: u64,
}

/// What happens to a record on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Plain,
    /// The statement names no record: person and amount have to do.
    Unnumbered,
    Missing,
    OtherAmount,
    Twice,
    TakenBack,
    /// Settled under a number with two digits of the identity changed about, and no other key.
    Misspelt,
}

/// Of a thousand records so many have each fate; the rest is plain.
const FATES: [(Fate, u64); 6] = [
    (Fate::Unnumbered, 30),
    (Fate::Missing, 15),
    (Fate::OtherAmount, 7),
    (Fate::Twice, 3),
    (Fate::TakenBack, 3),
    (Fate::Misspelt, 1),
];

/// Writes `bundles/`, `keys.csv`, `statement-NNN.csv` and `truth-NNN.csv` into a new folder, sealed to `to`.
///
/// # Errors
/// [`CityError::Io`] where the folder is there already or cannot be written.
pub fn simulate_city(
    folder: &Path,
    size: CitySize,
    to: &PeerCard,
    workers: usize,
) -> Result<Simulated, CityError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| CityError::Io { path, error }
    };
    fs::create_dir(folder).map_err(at(folder))?;
    fs::create_dir(folder.join("bundles")).map_err(at(folder))?;
    let groups = Mutex::new(0..size.facilities.div_ceil(GROUP));
    let done = Mutex::new((Simulated::default(), Vec::<(u32, String)>::new(), Ok::<(), CityError>(())));
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                loop {
                    let next = groups.lock().ok().and_then(|mut groups| groups.next());
                    let Some(group) = next else { return };
                    let made = one_group(folder, size, to, group);
                    let Ok(mut done) = done.lock() else { return };
                    match made {
                        Ok((found, keys)) => {
                            done.0.records += found.records;
                            done.0.rows += found.rows;
                            done.0.bytes += found.bytes;
                            done.1.push((group, keys));
                        }
                        Err(error) => done.2 = Err(error),
                    }
                }
            });
        }
    });
    let (made, mut keys, outcome) = done.into_inner().expect("nobody panics while they hold it");
    outcome?;
    keys.sort();
    let path = folder.join("keys.csv");
    let mut text = "fingerprint,key\n".to_owned();
    text.extend(keys.into_iter().map(|(_, keys)| keys));
    fs::write(&path, text).map_err(at(&path))?;
    Ok(made)
}

/// One group of facilities: their bundles, one statement, one truth; the lines of their keys.
fn one_group(
    folder: &Path,
    size: CitySize,
    to: &PeerCard,
    group: u32,
) -> Result<(Simulated, String), CityError> {
    let open = |name: String| -> Result<(PathBuf, BufWriter<File>), CityError> {
        let path = folder.join(name);
        let file = File::create_new(&path).map_err(|error| CityError::Io { path: path.clone(), error })?;
        Ok((path, BufWriter::new(file)))
    };
    let (_, mut statement) = open(format!("statement-{group:03}.csv"))?;
    let (_, mut truth) = open(format!("truth-{group:03}.csv"))?;
    statement.write_all(HEADINGS.as_bytes())?;
    truth.write_all(b"facility,number,verdict\n")?;
    let (mut made, mut keys) = (Simulated::default(), String::new());
    for facility in group * GROUP..size.facilities.min((group + 1) * GROUP) {
        let house = House::of(size, facility);
        let card = house.card(to);
        writeln!(keys, "{},{card}", card.fingerprint()).expect("a text takes every word");
        let mut platform = Platform { house: &house, rows: String::new(), count: 0 };
        let mut told = String::new();
        let said = house.records(&mut platform, &mut told);
        statement.write_all(platform.rows.as_bytes())?;
        truth.write_all(told.as_bytes())?;
        let (path, mut out) = open(format!("bundles/{}-{STATION}.bundle", house.code))?;
        house.seal(&said, to, &mut out)?;
        out.flush()?;
        made.records += said.len() as u64;
        made.rows += platform.count;
        made.bytes += fs::metadata(&path).map_or(0, |meta| meta.len());
    }
    statement.flush()?;
    truth.flush()?;
    Ok((made, keys))
}

/// A facility with one window.
struct House {
    size: CitySize,
    place: u32,
    code: String,
    name: String,
    ledger: String,
    key: SigningKey,
}

/// What the platform prints of a facility.
struct Platform<'a> {
    house: &'a House,
    rows: String,
    count: u64,
}

/// Someone who was treated.
#[derive(Clone)]
struct Patient {
    id_no: String,
    name: String,
}

impl House {
    fn of(size: CitySize, place: u32) -> House {
        let digest = Digest::of(format!("guazhang city {} {place}", size.seed).as_bytes());
        let hex = digest.to_string();
        House {
            size,
            place,
            code: format!("H149999{place:05}"),
            name: format!("演练{place}号机构"),
            ledger: hex[..32].to_owned(),
            key: SigningKey::from_bytes(digest.bytes()),
        }
    }

    fn card(&self, to: &PeerCard) -> PeerCard {
        PeerCard {
            station: STATION.to_owned(),
            ledger: self.ledger.clone(),
            key: StationKey::from_bytes(self.key.verifying_key().to_bytes()),
            recipient: to.recipient.clone(),
            facility: self.code.clone(),
            name: self.name.clone(),
        }
    }

    /// All that was written down, while the platform settles it, and the truth of each.
    fn records(&self, platform: &mut Platform<'_>, truth: &mut String) -> Vec<Said> {
        let mut dice = Dice::of(self.size.seed, u64::from(self.place));
        let mut said = Vec::new();
        for count in 1..=self.size.records {
            let patient = self.patient(&mut dice, count);
            let fen = 500 + i64::try_from(dice.below(60_000)).expect("less than a million");
            let fate = fate(&mut dice);
            // A total of its own for each record that only person and amount can find.
            let total = Money::from_fen(fen * 10 + i64::from(count % 10));
            let mut content = self.record(&mut dice, count, &patient, total);
            let verdict = platform.settle(&mut dice, &content, fate);
            let number = ShortNumber::new(STATION, count).expect("a station and a count");
            writeln!(truth, "{},{number},{}", self.code, verdict.id()).expect("a text takes every word");
            content.lines = std::mem::take(&mut content.record.lines);
            said.push(Said {
                uuid: RecordId::new(content.entered_at, random_of(&mut dice)),
                number,
                seq: i64::from(count) + 1,
                stand: Stand { stage: Some(Stage::Pending), verdict: None, version: 1 },
                content: Some(Box::new(content)),
                results: SaidResults::default(),
            });
            // Half a percent more that nobody wrote down.
            if dice.below(200) == 0 {
                platform.alone(&mut dice);
            }
        }
        said
    }

    /// One in a thousand was at the facility before this one too, on the same day and for the same amount of money.
    fn patient(&self, dice: &mut Dice, count: u32) -> Patient {
        if count % 1000 == 999 && self.place > 0 {
            return patient(&mut Dice::of(self.size.seed ^ 0xd0b1e, u64::from(count)));
        }
        patient(dice)
    }

    fn record(&self, dice: &mut Dice, count: u32, patient: &Patient, total: Money) -> SaidContent {
        let double = count % 1000 == 999 && self.place > 0;
        let mut own = Dice::of(self.size.seed ^ 0xd0b1e, u64::from(count));
        let dice = if double { &mut own } else { dice };
        let total = if double { Money::from_fen(123_456) } else { total };
        let (day, minute) = (22 + dice.below(8), dice.below(540));
        let time = |minute: u64| -> Time {
            let text = format!("2021-10-{day:02}T{:02}:{:02}:00", 8 + minute / 60, minute % 60);
            text.parse().expect("a time of the calendar")
        };
        let insurance = if dice.below(100) < 55 { "310" } else { "390" };
        let lines = u64::from(self.size.lines.max(1));
        let share = total.fen() / i64::try_from(lines).expect("few lines");
        let line = |at: u64| -> Line {
            let amount =
                if at + 1 == lines { total.fen() - share * i64::try_from(at).expect("few") } else { share };
            let amount = Money::from_fen(amount);
            Line {
                line_no: u32::try_from(at + 1).expect("few lines"),
                item_code: format!("XJ01C{:09}", 7919 * (at + 1)),
                own_code: String::new(),
                item_name: format!("试用药品{at}号"),
                category: String::new(),
                spec: String::new(),
                quantity: "1".parse().expect("a quantity"),
                unit_price: amount.to_string().parse().expect("a price"),
                amount,
                occurred_at: None,
            }
        };
        let record = Record {
            record_no: format!("MZ{count:07}"),
            facility: self.code.clone(),
            kind: Kind::Outpatient,
            line: "ordinary".to_owned(),
            person: Person {
                name: patient.name.clone(),
                id_type: "01".to_owned(),
                id_no: patient.id_no.clone(),
                ..Person::default()
            },
            insured_area: "149999".to_owned(),
            insurance: insurance.to_owned(),
            person_group: String::new(),
            occurred_at: time(minute),
            admitted_at: None,
            discharged_at: None,
            applied_on: None,
            department: String::new(),
            doctor: String::new(),
            diagnosis_code: String::new(),
            diagnosis_name: String::new(),
            total,
            paid: Some(total),
            pay_method: None,
            receipt_no: String::new(),
            facts: Facts::default(),
            note: String::new(),
            lines: (0..lines).map(line).collect(),
        };
        SaidContent {
            record,
            lines: Vec::new(),
            version: 1,
            origin: Digest::of(format!("{} {count}", self.code).as_bytes()).to_string(),
            occurrence: 1,
            entered_at: time(minute + 1),
            operator: "Li".to_owned(),
        }
    }

    fn seal(&self, said: &[Said], to: &PeerCard, out: &mut impl std::io::Write) -> Result<(), CityError> {
        let events = self.chain(said);
        let parts = |take: &mut dyn FnMut(Part<'_>) -> Result<(), CityError>| {
            events.iter().try_for_each(|event| take(Part::Event(event)))?;
            said.iter().try_for_each(|said| take(Part::Said(said)))
        };
        let about = About {
            facility: self.code.clone(),
            name: self.name.clone(),
            station: STATION.to_owned(),
            ledger: self.ledger.clone(),
            key: StationKey::from_bytes(self.key.verifying_key().to_bytes()),
            at: "2021-11-01T08:00:00".parse().expect("a time of the calendar"),
            to: vec![to.recipient.clone()],
            facilities: vec![(self.code.clone(), self.name.clone())],
        };
        let header = Header::new(about, &measure(|take| parts(take))?);
        let sign = |bytes: &[u8]| Ok(self.key.sign(bytes).to_bytes());
        write(&header, out, sign, |take| parts(take))
    }

    /// The founding and one event for each record.
    fn chain(&self, said: &[Said]) -> Vec<ChainLine> {
        let mut events = Vec::with_capacity(said.len() + 1);
        let founded: Time = "2021-10-20T08:00:00".parse().expect("a time of the calendar");
        let mut next = |at: Time, kind: &str, subject: String, record: Option<i64>, detail: String| {
            let before = events.last().map_or(Digest::NONE, |event: &ChainLine| event.hash);
            let mut event = ChainLine {
                before,
                seq: i64::try_from(events.len()).expect("few events") + 1,
                at,
                station: STATION.to_owned(),
                operator: "Li".to_owned(),
                kind: kind.to_owned(),
                subject,
                record,
                content: Digest::of(detail.as_bytes()),
                detail,
                hash: Digest::NONE,
            };
            event.hash = event.hash_now();
            events.push(event);
        };
        next(
            founded,
            "ledger_created",
            "ledger".to_owned(),
            None,
            format!("{{\"facility\":\"{}\"}}", self.code),
        );
        for (at, one) in (1..).zip(said) {
            let Some(content) = &one.content else { continue };
            let detail = format!("{{\"total_fen\":{}}}", content.record.total.fen());
            next(content.entered_at, "record_added", one.number.to_string(), Some(at), detail);
        }
        events
    }
}

impl Platform<'_> {
    /// Settles a record as its fate will have it; the verdict that it must get.
    fn settle(&mut self, dice: &mut Dice, content: &SaidContent, fate: Fate) -> Verdict {
        let record = &content.record;
        let numbered = record.record_no.clone();
        let person = (record.person.id_no.as_str(), record.person.name.as_str());
        let total = record.total.fen();
        match fate {
            Fate::Plain => self.row(dice, person, &record.insurance, total, &numbered, None),
            Fate::Unnumbered => self.row(dice, person, &record.insurance, total, "", None),
            Fate::Missing => return Verdict::Missing,
            Fate::OtherAmount => {
                self.row(dice, person, &record.insurance, total + 100, &numbered, None);
                return Verdict::AmountDiffers;
            }
            Fate::Twice => {
                self.row(dice, person, &record.insurance, total, &numbered, None);
                self.row(dice, person, &record.insurance, total, &numbered, None);
                return Verdict::Duplicate;
            }
            Fate::TakenBack => {
                let setl = self.row(dice, person, &record.insurance, total, &numbered, None);
                self.row(dice, person, &record.insurance, -total, &numbered, Some(&setl));
                return Verdict::Reversed;
            }
            Fate::Misspelt => {
                let slipped = slipped(person.0);
                self.row(dice, (&slipped, person.1), &record.insurance, total, "", None);
                return if slipped == person.0 { Verdict::Matched } else { Verdict::Ambiguous };
            }
        };
        Verdict::Matched
    }

    fn alone(&mut self, dice: &mut Dice) {
        let who = patient(dice);
        let fen = 700_000 + i64::try_from(dice.below(90_000)).expect("less than a million");
        self.row(dice, (&who.id_no, &who.name), "310", fen, "", None);
    }

    /// Prints a settlement; its id.
    fn row(
        &mut self,
        dice: &mut Dice,
        (id_no, name): (&str, &str),
        insurance: &str,
        fen: i64,
        record_no: &str,
        undoes: Option<&str>,
    ) -> String {
        self.count += 1;
        let setl = format!("{:05}{:09}", self.house.place, self.count);
        let fund = fen * i64::try_from(45 + dice.below(40)).expect("a percentage") / 100;
        let account = (fen - fund) * i64::try_from(dice.below(3)).expect("few") / 4;
        let cash = fen - fund - account;
        let day = 2 + dice.below(20);
        let minute = dice.below(540);
        let yuan = |fen: i64| Money::from_fen(fen).to_string();
        writeln!(
            self.rows,
            "{},{setl},{},M{setl},,{id_no},{name},11,{insurance},2021-11-{day:02}T{:02}:{:02}:00,{},{},{},{},{},,{record_no}",
            self.house.code,
            undoes.unwrap_or_default(),
            8 + minute / 60,
            minute % 60,
            yuan(fen),
            yuan(fund),
            yuan(account),
            yuan(cash),
            u8::from(undoes.is_some()),
        )
        .expect("a text takes every word");
        setl
    }
}

fn fate(dice: &mut Dice) -> Fate {
    let mut roll = dice.below(1000);
    for (fate, share) in FATES {
        if roll < share {
            return fate;
        }
        roll -= share;
    }
    Fate::Plain
}

fn patient(dice: &mut Dice) -> Patient {
    let province = dice.one(&[11, 14, 32, 37, 44, 51]);
    let year = 1935 + dice.below(85);
    let body = format!(
        "{province}99{:02}{year}{:02}{:02}{:03}",
        1 + dice.below(29),
        1 + dice.below(12),
        1 + dice.below(28),
        dice.below(1000)
    );
    let name = format!("{}{}{}", dice.one(&SURNAMES), dice.one(&GIVEN), dice.one(&GIVEN));
    Patient { id_no: with_check_digit(&body), name }
}

fn with_check_digit(body: &str) -> String {
    let sum: u64 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u64::from(digit - b'0') * weight).sum();
    let last = b"10X98765432"[usize::try_from(sum % 11).expect("less than eleven")];
    format!("{body}{}", char::from(last))
}

/// The last two digits of the birthday changed about. What would then look like a number that a spreadsheet cut is left.
fn slipped(id_no: &str) -> String {
    if id_no.ends_with("000") {
        return id_no.to_owned();
    }
    let mut bytes = id_no.as_bytes().to_vec();
    bytes.swap(12, 13);
    String::from_utf8(bytes).expect("digits")
}

fn random_of(dice: &mut Dice) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&dice.next().to_be_bytes());
    bytes[8..].copy_from_slice(&dice.next().to_be_bytes()[..2]);
    bytes
}
