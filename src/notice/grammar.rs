//! The grammar of a notice: every table, its keys, what each takes and means.
//!
//! One description serves three: findings of unknown and missing keys, the JSON
//! Schema for editors, and the test that keeps `docs/notices.md` complete. What
//! values mean is decided where they are read.

/// A table of the language.
pub(super) struct Grammar {
    /// What it is called in findings and in the schema.
    pub(super) name: &'static str,
    /// Its keys.
    pub(super) keys: &'static [Key],
}

/// One key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) required: bool,
    /// What it means, one line, for editors.
    pub(super) doc: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    Flag,
    Integer,
    Day,
    Stamp,
    Texts,
    TextLists,
    Words(&'static [&'static str]),
    Table(&'static Grammar),
    Tables(&'static Grammar),
    /// `[key.NAME]` tables.
    Named(&'static Grammar),
    Condition,
    Moment,
    Effects,
}

const fn must(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, required: true, doc }
}

const fn may(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, required: false, doc }
}

/// The whole file.
pub(super) const NOTICE: Grammar = Grammar {
    name: "notice",
    keys: &[
        must("schema", Shape::Integer, "version of the language: 1"),
        must("id", Shape::Text, "id of the notice, unique"),
        must("title", Shape::Text, "title"),
        may("title_en", Shape::Text, "title in English"),
        must("city", Shape::Text, "city, for people"),
        must("place", Shape::Text, "six digits of the place"),
        must("year", Shape::Integer, "year of the stop"),
        may("issuer", Shape::Text, "who issued it"),
        may("number", Shape::Text, "document number"),
        may("source", Shape::Text, "where it was found"),
        may("published", Shape::Day, "day of publication"),
        may("note", Shape::Text, "a remark"),
        may("note_en", Shape::Text, "a remark in English"),
        may("supersedes", Shape::Texts, "ids of notices that this one replaces"),
        may("applies", Shape::Condition, "whom the notice concerns, where several are loaded"),
        may("facts", Shape::Named(&FACT), "facts the notice declares"),
        may("papers", Shape::Named(&PAPER), "papers the notice names"),
        may("window", Shape::Tables(&WINDOW), "stops"),
        may("usable", Shape::Tables(&USABLE), "what stays usable"),
        may("rule", Shape::Tables(&RULE), "ways back; the first that matches answers"),
        may("duty", Shape::Tables(&DUTY), "what is asked of whom"),
        may("conflict", Shape::Tables(&CONFLICT), "places where the text contradicts itself"),
    ],
};

pub(super) const FACT: Grammar = Grammar {
    name: "[facts.NAME]",
    keys: &[
        must("kind", Shape::Words(&["flag", "text", "time", "number", "list"]), "how its value is read"),
        may("title", Shape::Text, "the question as put to a person"),
        may("title_en", Shape::Text, "the question in English"),
        may("values", Shape::Texts, "the only words taken"),
    ],
};

pub(super) const PAPER: Grammar = Grammar {
    name: "[papers.NAME]",
    keys: &[
        may("title", Shape::Text, "the paper's name"),
        may("title_en", Shape::Text, "the paper's name in English"),
    ],
};

const RESUMPTION: Shape = Shape::Words(&["expected", "gradual", "announced"]);

pub(super) const WINDOW: Grammar = Grammar {
    name: "[[window]]",
    keys: &[
        must("id", Shape::Text, "id of the window; `all` is reserved"),
        must("title", Shape::Text, "the stop in words"),
        may("title_en", Shape::Text, "in English"),
        must("clause", Shape::Text, "the clause it rests on"),
        may("suspended", Shape::Stamp, "first second of the stop"),
        may("resumes", Shape::Stamp, "first second after it, as expected"),
        may("through", Shape::Day, "last whole day of the stop, instead of `resumes`"),
        may("resumption", RESUMPTION, "how it comes back"),
        may("begins", Shape::Stamp, "when the first facilities come back"),
        may("applies", Shape::Condition, "whom and what the stop concerns"),
        may(
            "operation",
            Shape::Words(&["admission", "settlement"]),
            "only admissions or only settlements are stopped",
        ),
        may("measured_by", Shape::Text, "the time fact that must fall into the stop"),
        may("span", Shape::Tables(&SPAN), "several disjoint stops"),
        may("step", Shape::Tables(&STEP), "who stops or comes back at another time"),
    ],
};

pub(super) const SPAN: Grammar = Grammar {
    name: "[[window.span]]",
    keys: &[
        must("suspended", Shape::Stamp, "first second of the stop"),
        may("resumes", Shape::Stamp, "first second after it, as expected"),
        may("through", Shape::Day, "last whole day of the stop, instead of `resumes`"),
    ],
};

pub(super) const STEP: Grammar = Grammar {
    name: "[[window.step]]",
    keys: &[
        must("when", Shape::Condition, "for whom"),
        may("suspended", Shape::Stamp, "first second of the stop for them"),
        may("resumes", Shape::Stamp, "first second after it for them"),
        may("through", Shape::Day, "last whole day of the stop for them"),
        may("resumption", RESUMPTION, "how it comes back for them"),
        may("clause", Shape::Text, "the clause it rests on"),
        may("title", Shape::Text, "the step in words"),
        may("title_en", Shape::Text, "in English"),
    ],
};

pub(super) const USABLE: Grammar = Grammar {
    name: "[[usable]]",
    keys: &[
        must("title", Shape::Text, "what stays usable"),
        may("title_en", Shape::Text, "in English"),
        must("when", Shape::Condition, "for which records"),
        must("clause", Shape::Text, "the clause it rests on"),
        may("windows", Shape::Texts, "in which windows; absent = all"),
    ],
};

pub(super) const RULE: Grammar = Grammar {
    name: "[[rule]]",
    keys: &[
        must("id", Shape::Text, "id of the rule"),
        may("title", Shape::Text, "the rule in words"),
        may("title_en", Shape::Text, "in English"),
        must("clause", Shape::Text, "the clause it rests on"),
        may("windows", Shape::Texts, "records of which windows; absent = any"),
        may("outside", Shape::Flag, "also for records in no window"),
        may("when", Shape::Condition, "for which records; absent = always"),
        may(
            "choice",
            Shape::Words(&["first", "any", "exclusive"]),
            "how the options relate; first by default",
        ),
        may("not_stated", Shape::Flag, "the text says nothing about these"),
        may("note", Shape::Text, "a remark"),
        may("note_en", Shape::Text, "a remark in English"),
        may("option", Shape::Tables(&OPTION), "ways back, in order"),
    ],
};

const ROUTES: Shape = Shape::Words(&[
    "backfill",
    "resettle",
    "convert",
    "register",
    "manual",
    "agency",
    "hold",
    "bear",
    "none",
    "not_stated",
]);

const PLACES: Shape =
    Shape::Words(&["same_facility", "any_facility", "insured_place_agency", "local_agency"]);

pub(super) const OPTION: Grammar = Grammar {
    name: "[[rule.option]]",
    keys: &[
        must("route", ROUTES, "the way back"),
        may("title", Shape::Text, "the option in words"),
        may("title_en", Shape::Text, "in English"),
        may("place", PLACES, "where it is done"),
        may("owner", Shape::Words(&["patient", "facility", "agency"]), "who has to act"),
        may("when", Shape::Condition, "the option exists only where it holds"),
        may("papers", Shape::Texts, "all of these papers; [] where none are asked for"),
        may("papers_one_of", Shape::TextLists, "one paper of each group"),
        may("papers_when", Shape::Tables(&PAPERS_WHEN), "further papers where a condition holds"),
        may("opens", Shape::Moment, "not before this"),
        may("opens_with", Shape::Text, "opens with the resumption of that window"),
        may("during_stop", Shape::Flag, "does not wait for the resumption"),
        may("due", Shape::Moment, "the last moment"),
        may("slot", Shape::Table(&SLOT), "beginning and end in one"),
        may("on", Shape::Day, "one fixed day"),
        may("effects", Shape::Effects, "what else follows"),
        may("refused", Shape::Tables(&REFUSED), "refused where a condition holds"),
        may("requires", Shape::Tables(&REQUIRES), "another record that must be done first"),
        may("clause", Shape::Text, "the clause; the rule's by default"),
    ],
};

pub(super) const PAPERS_WHEN: Grammar = Grammar {
    name: "papers_when",
    keys: &[
        must("when", Shape::Condition, "where these are asked for"),
        must("papers", Shape::Texts, "the papers"),
    ],
};

pub(super) const SLOT: Grammar = Grammar {
    name: "slot",
    keys: &[must("from", Shape::Moment, "its beginning"), must("to", Shape::Moment, "its end")],
};

pub(super) const REFUSED: Grammar = Grammar {
    name: "refused",
    keys: &[
        must("when", Shape::Condition, "where it is refused"),
        must("because", Shape::Text, "why"),
        may("because_en", Shape::Text, "why, in English"),
        may("clause", Shape::Text, "the clause it rests on"),
    ],
};

pub(super) const REQUIRES: Grammar = Grammar {
    name: "requires",
    keys: &[
        must("filing", Shape::Text, "what is awaited"),
        must("fact", Shape::Text, "the yes/no fact that says it is done"),
        may("when", Shape::Condition, "only where this holds"),
        may("due", Shape::Moment, "its own deadline"),
        may("effective_on", Shape::Moment, "the day from which it counts"),
        may("after_due", Shape::Words(&["refused", "open"]), "once its deadline has passed"),
        may("title", Shape::Text, "in words"),
        may("title_en", Shape::Text, "in English"),
        may("clause", Shape::Text, "the clause it rests on"),
    ],
};

pub(super) const DUTY: Grammar = Grammar {
    name: "[[duty]]",
    keys: &[
        may("id", Shape::Text, "id of the duty"),
        must("phase", Shape::Words(&["before", "during", "after"]), "before, during or after the stop"),
        must("action", Shape::Text, "what is to be done, one word"),
        must("title", Shape::Text, "in words"),
        may("title_en", Shape::Text, "in English"),
        must("who", Shape::Text, "by whom"),
        may("when", Shape::Condition, "for which records; absent = no record, only the timeline"),
        may("windows", Shape::Texts, "records of which windows"),
        may("outside", Shape::Flag, "also for records in no window"),
        may("from", Shape::Moment, "not before this"),
        may("due", Shape::Moment, "by when"),
        must("clause", Shape::Text, "the clause it rests on"),
    ],
};

pub(super) const CONFLICT: Grammar = Grammar {
    name: "[[conflict]]",
    keys: &[
        must("title", Shape::Text, "what contradicts what"),
        may("title_en", Shape::Text, "in English"),
        may("clauses", Shape::Texts, "the places that contradict each other"),
        may("when", Shape::Condition, "for which records"),
        may("windows", Shape::Texts, "records of which windows"),
    ],
};

/// Operators of a condition.
pub(super) const OPERATORS: &[&str] = &[
    "is",
    "is_not",
    "within",
    "not_within",
    "starts_with",
    "before",
    "after",
    "from",
    "until",
    "in_year",
    "earlier_year_than",
    "same_year_as",
    "days_since",
    "at_least",
    "at_most",
    "has",
    "has_all",
    "has_none",
    "known",
];

/// Keys of a moment's table.
pub(super) const MOMENT_KEYS: &[&str] = &[
    "days",
    "working_days",
    "weeks",
    "months",
    "years",
    "hours",
    "minutes",
    "after",
    "before",
    "end_of",
    "day_of_month",
    "of",
    "months_later",
    "by_year",
    "earliest",
    "latest",
    "at",
    "counting_first_day",
    "roll",
    "if_in_stop",
];
