//! Reading a profile strictly: every key is known, every value of its kind, and all faults are told at once.
//!
//! It knows the form of the file and the names in the table of fields, and nothing of any region.

use super::fault::{ProfileError, ProfileFault, Slip};
use super::{CodeRule, Profile};
use crate::batch::calls::ENVELOPE;
use crate::batch::codes;
use crate::batch::fields::{self, Field, Shape};
use crate::domain::Digest;
use crate::text::Places;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type Value<'t> = Spanned<DeValue<'t>>;

/// The widest field of any edition.
const WIDEST: i64 = 4000;

impl Profile {
    /// Reads a profile from its text; `file` is what messages call it.
    ///
    /// # Errors
    /// [`ProfileError::Faults`] with every fault and its place.
    pub fn parse(file: &str, text: &str) -> Result<Profile, ProfileError> {
        let mut reader =
            Reader { file, places: Places::of(text), faults: Vec::new(), profile: Profile::national() };
        file.clone_into(&mut reader.profile.name);
        reader.profile.digest = Some(Digest::of(text.as_bytes()));
        match DeTable::parse(text) {
            Ok(table) => reader.whole(table.get_ref()),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                reader.fault(&span, Slip::NotToml { text: error.message().to_owned() });
            }
        }
        reader.faults.sort_by_key(|fault| (fault.line, fault.column));
        if reader.faults.is_empty() { Ok(reader.profile) } else { Err(ProfileError::Faults(reader.faults)) }
    }
}

/// So many faults are told of one file.
const MOST_FAULTS: usize = 1000;

struct Reader<'a> {
    file: &'a str,
    places: Places<'a>,
    faults: Vec<ProfileFault>,
    profile: Profile,
}

impl Reader<'_> {
    fn fault(&mut self, span: &Range<usize>, slip: Slip) {
        // A text with more is not the profile it was meant to be.
        if self.faults.len() >= MOST_FAULTS {
            return;
        }
        let (line, column) = self.places.at(span.start);
        self.faults.push(ProfileFault { file: self.file.to_owned(), line, column, slip });
    }

    fn unknown(&mut self, key: &Spanned<Cow<'_, str>>, known: &[&str]) {
        let slip = Slip::UnknownKey {
            key: key.get_ref().to_string(),
            known: known.iter().map(|known| (*known).to_owned()).collect(),
        };
        self.fault(&key.span(), slip);
    }

    fn wrong(&mut self, key: &str, span: &Range<usize>, zh: &'static str, en: &'static str) {
        self.fault(span, Slip::WrongKind { key: key.to_owned(), zh, en });
    }

    fn string(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(key, &value.span(), "文字", "a text");
        }
        text
    }

    fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, &value.span(), " true 或 false", "true or false");
        }
        flag
    }

    fn count(&mut self, key: &str, value: &Value<'_>) -> Option<usize> {
        let written = value.get_ref().as_integer();
        let number = written.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        match number {
            Some(number @ 0..=WIDEST) => usize::try_from(number).ok(),
            Some(_) => {
                self.fault(&value.span(), Slip::Width { key: key.to_owned() });
                None
            }
            None => {
                self.wrong(key, &value.span(), "整数", "a whole number");
                None
            }
        }
    }

    /// The entries of a table; a fault and none where it is something else.
    fn entries<'v>(
        &mut self,
        key: &str,
        value: &'v Value<'v>,
    ) -> Vec<(&'v Spanned<Cow<'v, str>>, &'v Value<'v>)> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, &value.span(), "一个表", "a table");
        }
        table.into_iter().flatten().collect()
    }

    fn whole(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match &**key.get_ref() {
                "name" => {
                    if let Some(name) = self.string("name", value) {
                        self.profile.name = name;
                    }
                }
                "envelope" => self.envelope(value),
                "calls" => self.calls(value),
                "fields" => self.fields(value),
                "codes" => self.codes(value),
                // What one file of a region says of statements is read where those are read.
                "statement" => {}
                _ => self.unknown(key, &["name", "envelope", "calls", "fields", "codes", "statement"]),
            }
        }
    }

    fn envelope(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("envelope", value) {
            let id = &**key.get_ref();
            if !ENVELOPE.contains(&id) {
                self.unknown(key, ENVELOPE);
            } else if let Some(text) = self.string(id, value) {
                self.profile.envelope.insert(id.to_owned(), text);
            }
        }
    }

    fn calls(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("calls", value) {
            let known = fields::nodes().find(|node| !node.is_list() && node.transaction == key.get_ref());
            let Some(node) = known else {
                self.fault(&key.span(), Slip::UnknownNode { key: key.get_ref().to_string() });
                continue;
            };
            for (key, value) in self.entries(key.get_ref(), value) {
                match &**key.get_ref() {
                    "lines" => match self.count("lines", value) {
                        Some(0) => self.fault(&value.span(), Slip::Width { key: "lines".to_owned() }),
                        Some(most) => drop(self.profile.lines.insert(node.transaction, most)),
                        None => {}
                    },
                    "omit" => {
                        if self.flag("omit", value) == Some(true) {
                            self.profile.omitted.insert(node.transaction);
                        }
                    }
                    _ => self.unknown(key, &["lines", "omit"]),
                }
            }
        }
    }

    fn fields(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("fields", value) {
            let written = &**key.get_ref();
            let (node, id) = written.rsplit_once('.').unwrap_or(("", written));
            let whole = self.profile.nodes.iter().any(|known| known.key() == node);
            if !node.is_empty() && !whole {
                self.fault(&key.span(), Slip::UnknownNode { key: node.to_owned() });
                continue;
            }
            // A name without a node means the field wherever it stands.
            let places: Vec<usize> = (0..self.profile.nodes.len())
                .filter(|&at| {
                    let known = &self.profile.nodes[at];
                    if node.is_empty() {
                        !known.is_list() && known.fields.iter().any(|field| field.id == id)
                    } else {
                        known.key() == node
                    }
                })
                .collect();
            if places.is_empty() {
                self.fault(&key.span(), Slip::UnknownField { key: written.to_owned() });
                continue;
            }
            let told = self.faults.len();
            for at in places {
                self.field(at, id, key, value);
                // The same entry in another place has the same faults.
                if self.faults.len() > told {
                    break;
                }
            }
        }
    }

    fn field(&mut self, at: usize, id: &str, key: &Spanned<Cow<'_, str>>, value: &Value<'_>) {
        if self.profile.nodes[at].lead.iter().any(|field| field.id == id) {
            return self.fault(&key.span(), Slip::Needed { key: key.get_ref().to_string() });
        }
        let known = self.profile.nodes[at].fields.iter().find(|field| field.id == id).cloned();
        let is_extra = known.is_none();
        let mut field = known.unwrap_or_else(|| Profile::extra(id));
        let (mut heading, mut typed, mut sized) = (false, None, Sized::default());
        for (key, value) in self.entries(key.get_ref(), value) {
            match &**key.get_ref() {
                "required" => field.required = self.flag("required", value).unwrap_or(field.required),
                "width" => sized.width = self.count("width", value).map(|width| (width, value.span())),
                "decimals" => sized.decimals = self.count("decimals", value),
                "value" => field.preset = self.string("value", value),
                "zh" => {
                    heading = true;
                    if let Some(text) = self.string("zh", value) {
                        field.zh = Cow::Owned(text);
                    }
                }
                "en" => {
                    if let Some(text) = self.string("en", value) {
                        field.en = Cow::Owned(text);
                    }
                }
                "type" => typed = self.string("type", value).map(|word| (word, value.span())),
                "codes" => self.field_codes(&mut field, value),
                "omit" => {
                    if self.flag("omit", value) == Some(true) && !is_extra {
                        return self.profile.omit(at, id);
                    }
                }
                _ => self.unknown(
                    key,
                    &["required", "width", "decimals", "codes", "value", "zh", "en", "type", "omit"],
                ),
            }
        }
        if is_extra && !(heading && typed.is_some()) {
            return self.fault(&key.span(), Slip::UnknownField { key: key.get_ref().to_string() });
        }
        if let Some((word, span)) = typed {
            match shape(&word) {
                Some(shape) => field.shape = shape,
                None => {
                    return self.wrong(
                        "type",
                        &span,
                        " text、digits、number、date 或 datetime",
                        "text, digits, number, date or datetime",
                    );
                }
            }
        }
        match sized.on(field.shape) {
            Ok(shape) => field.shape = shape,
            Err(span) => {
                let key = key.get_ref().to_string();
                return self.fault(&span.unwrap_or(value.span()), Slip::Width { key });
            }
        }
        self.profile.put(at, field);
    }

    fn field_codes(&mut self, field: &mut Field, value: &Value<'_>) {
        let Some(name) = self.string("codes", value) else { return };
        match codes::table(&name) {
            Some(table) => field.codes = Some(table.name),
            None if name.is_empty() => field.codes = None,
            None => self.fault(&value.span(), Slip::UnknownTable { name }),
        }
    }

    fn codes(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("codes", value) {
            let named = fields::nodes()
                .flat_map(|node| node.columns().filter_map(|field| field.codes))
                .find(|name| *name == key.get_ref());
            let Some(name) = named else {
                self.fault(&key.span(), Slip::UnknownTable { name: key.get_ref().to_string() });
                continue;
            };
            let mut rule = CodeRule::default();
            for (key, value) in self.entries(name, value) {
                match &**key.get_ref() {
                    "any" => rule.any = self.flag("any", value).unwrap_or_default(),
                    "add" => self.added(&mut rule, value),
                    "only" => {
                        rule.only = true;
                        self.added(&mut rule, value);
                    }
                    _ => self.unknown(key, &["add", "only", "any"]),
                }
            }
            self.profile.codes.insert(name, rule);
        }
    }

    fn added(&mut self, rule: &mut CodeRule, value: &Value<'_>) {
        for (code, value) in self.entries("add", value) {
            if let Some(words) = self.string(code.get_ref(), value) {
                rule.codes.insert(code.get_ref().to_string(), words);
            }
        }
    }
}

/// A width and decimals as a profile gives them.
#[derive(Default)]
struct Sized {
    width: Option<(usize, Range<usize>)>,
    decimals: Option<usize>,
}

impl Sized {
    /// The shape with them; the place of a width that cannot be.
    fn on(self, shape: Shape) -> Result<Shape, Option<Range<usize>>> {
        let (width, span) = self.width.map_or((None, None), |(width, span)| (Some(width), Some(span)));
        let sized = match shape {
            Shape::Text(old) => Shape::Text(width.unwrap_or(old)),
            Shape::Digits(old) => Shape::Digits(width.unwrap_or(old)),
            Shape::Number(digits, decimals) => {
                Shape::Number(width.unwrap_or(digits), self.decimals.unwrap_or(decimals))
            }
            Shape::Date | Shape::DateTime | Shape::Words if width.is_some() => return Err(span),
            other => other,
        };
        let possible = match sized {
            Shape::Text(width) | Shape::Digits(width) => width > 0 && self.decimals.is_none(),
            Shape::Number(digits, decimals) => digits > 0 && decimals <= digits,
            _ => self.decimals.is_none(),
        };
        if possible { Ok(sized) } else { Err(span) }
    }
}

fn shape(word: &str) -> Option<Shape> {
    match word {
        "text" => Some(Shape::Text(30)),
        "digits" => Some(Shape::Digits(30)),
        "number" => Some(Shape::Number(16, 2)),
        "date" => Some(Shape::Date),
        "datetime" => Some(Shape::DateTime),
        _ => None,
    }
}
