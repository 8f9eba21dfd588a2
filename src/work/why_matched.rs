//! Why a settlement settles a record, or which ones might: in sentences, and as data.
//!
//! Everything told here was kept when the run decided it; nothing is matched anew.

use crate::domain::{Part, ShortNumber};
use crate::reconcile::{Ground, Likeness, Shared};
use crate::store::{Books, MatchInfo, Stored};
use crate::text::{Label, Lang};
use crate::work::WorkError;
use serde_json::{Value, json};

/// What is known of a record's settlement.
#[derive(Clone, Debug)]
pub struct WhyMatched {
    matches: Vec<MatchInfo>,
    /// The settlements each of them was chosen over.
    beaten: Vec<Candidate>,
    /// The other records that the same settlement settles.
    together: Vec<ShortNumber>,
    /// What a person might choose from, where nothing settles it.
    suggested: Vec<Candidate>,
}

#[derive(Clone, Debug)]
struct Candidate {
    setl_id: String,
    total: crate::domain::Money,
    likeness: Option<Likeness>,
}

/// What settles a record and why, or what might.
///
/// # Errors
/// [`WorkError`] where the ledger cannot be read.
pub fn why_matched(books: &Books<'_>, stored: &Stored) -> Result<WhyMatched, WorkError> {
    let matches = books.matches_of(stored.id)?;
    let candidate = |id: i64, likeness| -> Result<Candidate, WorkError> {
        let settlement = books.settlement(id)?;
        Ok(Candidate { setl_id: settlement.setl_id, total: settlement.total, likeness })
    };
    let mut beaten = Vec::new();
    for &id in matches.first().map_or(&[][..], |matched| &matched.beat) {
        beaten.push(candidate(id, None)?);
    }
    let mut together = Vec::new();
    for matched in matches.iter().filter(|matched| matched.part == Part::Joint) {
        for other in books.joined_by(matched.id)? {
            if other != stored.id {
                together.push(books.record_by_id(other)?.number);
            }
        }
    }
    let mut suggested = Vec::new();
    if matches.is_empty() {
        for one in books.suggestions()?.into_iter().filter(|one| one.record == stored.id) {
            suggested.push(candidate(one.settlement, one.likeness.parse().ok())?);
        }
    }
    Ok(WhyMatched { matches, beaten, together, suggested })
}

impl WhyMatched {
    /// In sentences; `None` where nothing settles the record and nothing might.
    pub fn told(&self, lang: Lang) -> Option<String> {
        match &self.matches[..] {
            [] if self.suggested.is_empty() => None,
            [] => Some(self.open(lang)),
            [first, ..] => {
                let mut said = vec![self.settled(first, lang), agreeing(first, lang)];
                if !self.beaten.is_empty() {
                    said.push(self.over(lang));
                }
                said.retain(|sentence| !sentence.is_empty());
                Some(said.join(lang.pick("", " ")))
            }
        }
    }

    fn settled(&self, first: &MatchInfo, lang: Lang) -> String {
        let listed = self.matches.iter().map(|matched| told_row(matched, lang)).collect::<Vec<_>>();
        let listed = listed.join(lang.pick("、", ", "));
        let (run, by) = (first.run, ground(&first.by, lang));
        let together = self.together.iter().map(ToString::to_string).collect::<Vec<_>>();
        let together = together.join(lang.pick("、", ", "));
        match (first.part, lang) {
            (Part::One, Lang::Zh) => format!("由平台结算 {listed} 结算，第 R{run} 次对账按“{by}”找到。"),
            (Part::One, Lang::En) => format!("Settled by {listed}, which run R{run} found by: {by}."),
            (Part::Parts, Lang::Zh) => {
                format!(
                    "分 {} 次结算，合计正好：{listed}；第 R{run} 次对账按“{by}”找到。",
                    self.matches.len()
                )
            }
            (Part::Parts, Lang::En) => {
                let count = self.matches.len();
                format!(
                    "Settled in {count} parts that add up to it: {listed}; run R{run} found them by: {by}."
                )
            }
            (Part::Joint, Lang::Zh) => {
                format!(
                    "与 {together} 合并，由平台结算 {listed} 一并结算，合计正好；第 R{run} 次对账按“{by}”找到。"
                )
            }
            (Part::Joint, Lang::En) => {
                format!(
                    "Settled together with {together} by {listed}, to the fen; run R{run} found it by: {by}."
                )
            }
        }
    }

    fn over(&self, lang: Lang) -> String {
        let (count, listed) = (self.beaten.len(), named(&self.beaten, lang));
        match lang {
            Lang::Zh => format!("另有 {count} 笔候选不及它：{listed}。"),
            Lang::En => format!("It was chosen over {count} other(s): {listed}."),
        }
    }

    fn open(&self, lang: Lang) -> String {
        let (count, listed) = (self.suggested.len(), named(&self.suggested, lang));
        match lang {
            Lang::Zh => format!("尚无结算与之对应，程序不代为选择；候选 {count} 笔：{listed}。"),
            Lang::En => {
                format!("Nothing settles it yet, and a person has to choose; {count} candidate(s): {listed}.")
            }
        }
    }

    /// The matches: `setl_id`, stage, part, keys, what was beaten, run.
    pub fn matches(&self) -> Value {
        let beat: Vec<&str> = self.beaten.iter().map(|other| &*other.setl_id).collect();
        let one = |matched: &MatchInfo| {
            json!({
                "setl_id": matched.settlement.setl_id, "by": matched.by, "part": matched.part.id(),
                "keys": matched.keys, "beat": beat, "run": matched.run,
            })
        };
        self.matches.iter().map(one).collect()
    }

    /// What might settle it: `setl_id` and what speaks for it.
    pub fn suggestions(&self) -> Value {
        let one = |other: &Candidate| {
            json!({
                "setl_id": other.setl_id, "total_fen": other.total,
                "likeness": other.likeness.map(|likeness| likeness.id()),
            })
        };
        self.suggested.iter().map(one).collect()
    }
}

/// What both sides have in common; nothing where an earlier release found the match and did not keep it.
fn agreeing(matched: &MatchInfo, lang: Lang) -> String {
    let shared = matched.keys.iter().filter_map(|key| key.parse::<Shared>().ok());
    let shared = shared.map(|shared| shared.label(lang)).collect::<Vec<_>>();
    if shared.is_empty() {
        return String::new();
    }
    match lang {
        Lang::Zh => format!("两边一致的有：{}。", shared.join("、")),
        Lang::En => format!("Both sides agree in {}.", shared.join(", ")),
    }
}

fn told_row(matched: &MatchInfo, lang: Lang) -> String {
    let (id, total) = (&matched.settlement.setl_id, matched.settlement.total);
    let day = matched.settlement.setl_time.map(|at| at.day().to_string());
    match (day, lang) {
        (Some(day), Lang::Zh) => format!("{id}（{day}，{total} 元）"),
        (Some(day), Lang::En) => format!("{id} ({day}, {total} yuan)"),
        (None, Lang::Zh) => format!("{id}（{total} 元）"),
        (None, Lang::En) => format!("{id} ({total} yuan)"),
    }
}

fn named(candidates: &[Candidate], lang: Lang) -> String {
    let one = |other: &Candidate| {
        let (id, total) = (&other.setl_id, other.total);
        match (other.likeness.map(|likeness| likeness.label(lang)), lang) {
            (Some(why), Lang::Zh) => format!("{id}（{total} 元，{why}）"),
            (Some(why), Lang::En) => format!("{id} ({total} yuan, {why})"),
            (None, Lang::Zh) => format!("{id}（{total} 元）"),
            (None, Lang::En) => format!("{id} ({total} yuan)"),
        }
    };
    candidates.iter().map(one).collect::<Vec<_>>().join(lang.pick("、", ", "))
}

fn ground(by: &str, lang: Lang) -> String {
    by.parse::<Ground>().map_or_else(|_| by.to_owned(), |ground| ground.label(lang).to_owned())
}
