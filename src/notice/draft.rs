//! The first lines of a notice someone is about to write: the head, one window,
//! one rule for each kind of record. What the text says beyond that is for the
//! writer; `check` then names what is still open.

use crate::domain::{Kind, Route, Time};
use crate::text::{Label, Lang};

/// What is known before the text is read closely.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Id of the notice.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The city.
    pub city: String,
    /// Six digits of the place.
    pub place: String,
    /// Where the text states the stop.
    pub clause: String,
    /// When the stop begins.
    pub suspended: Time,
    /// When it is expected to end; `None` where that is to be announced.
    pub resumes: Option<Time>,
    /// The way back of each kind of record.
    pub routes: Vec<(Kind, Route)>,
}

impl Draft {
    /// The TOML, ready to be gone on with.
    pub fn toml(&self) -> String {
        let mut text = self.head();
        for (kind, route) in &self.routes {
            text.push_str(&self.rule(*kind, *route));
        }
        text.push_str(
            "\n# 逐句对照原文继续写：仍可使用 [[usable]]、材料、期限、事项 [[duty]]；\n# 写完用 guazhang notice check 检查。\n",
        );
        text
    }

    fn head(&self) -> String {
        let Draft { id, title, city, place, clause, suspended, .. } = self;
        let year = suspended.day().year();
        let (id, title, city, place, clause) =
            (quoted(id), quoted(title), quoted(city), quoted(place), quoted(clause));
        let resumes = match self.resumes {
            Some(at) => format!("resumes = {at}  # 预计；实际恢复后用 notice resumed 登记"),
            None => "resumption = \"announced\"  # 恢复时间待公布".to_owned(),
        };
        format!(
            "schema = 1\nid = {id}\ntitle = {title}\ncity = {city}\nplace = {place}\nyear = {year}\n\n\
             [[window]]\nid = \"settlement\"\ntitle = \"联网结算\"\nclause = {clause}\nsuspended = {suspended}\n{resumes}\n"
        )
    }

    fn rule(&self, kind: Kind, route: Route) -> String {
        let title = format!("{}：{}", kind.label(Lang::Zh), route.label(Lang::Zh));
        let (owner, place) = match route {
            Route::Resettle => ("patient", "same_facility"),
            Route::Manual => ("patient", "insured_place_agency"),
            Route::Agency => ("agency", "insured_place_agency"),
            _ => ("facility", "same_facility"),
        };
        let papers = match route {
            Route::Resettle | Route::Manual => "[\"receipt\"]",
            Route::Register => "[\"signed_form\"]",
            _ => "[]",
        };
        format!(
            "\n[[rule]]\nid = \"{kind}\"\ntitle = {}\nclause = {}\nwhen = {{ kind = \"{kind}\" }}\n\n\
             [[rule.option]]\nroute = \"{}\"\nplace = \"{place}\"\nowner = \"{owner}\"\npapers = {papers}\n\
             due = \"not_stated\"  # 原文写有期限的，改成日期或 {{ days = 30, after = \"resumed\" }}\n",
            quoted(&title),
            quoted(&self.clause),
            route.id(),
            kind = kind.id(),
        )
    }
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::{Notice, check};

    fn draft(resumes: Option<&str>) -> Draft {
        Draft {
            id: "linhai-2023".into(),
            title: "关于\"停机\"的通告".into(),
            city: "临海".into(),
            place: "331082".into(),
            clause: "一".into(),
            suspended: "2023-06-01T18:00:00".parse().unwrap(),
            resumes: resumes.map(|at| at.parse().unwrap()),
            routes: vec![(Kind::Outpatient, Route::Resettle), (Kind::Filing, Route::Register)],
        }
    }

    #[test]
    fn what_is_begun_reads_as_a_notice() {
        for resumes in [Some("2023-06-05T08:00:00"), None] {
            let text = draft(resumes).toml();
            let notice = Notice::read(&text).unwrap_or_else(|found| panic!("{found:?}\n{text}"));
            assert_eq!(notice.id(), "linhai-2023");
            assert!(check(&text).iter().all(|finding| !finding.is_hard()), "{text}");
        }
    }
}
