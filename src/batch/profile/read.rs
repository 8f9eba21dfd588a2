//! Reading a profile strictly: every key is known, every value of its kind, and all faults are told at once.
//!
//! It knows the form of the file and the names in the table of fields, and nothing of any region.

use super::fault::{ProfileError, Slip};
use super::{CodeRule, Profile};
use crate::batch::calls::ENVELOPE;
use crate::batch::codes;
use crate::batch::fields::{self, Field, Shape};
use crate::domain::Digest;
use crate::text::profile_file::{Key, ProfileFile, Value, read_profile};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::DeTable;

/// The widest field of any edition.
const WIDEST: i64 = 4000;

impl Profile {
    /// Reads a profile from its text; `file` is what messages call it.
    ///
    /// # Errors
    /// [`ProfileError::Faults`] with every fault and its place.
    pub fn parse(file: &str, text: &str) -> Result<Profile, ProfileError> {
        let mut profile = Profile::national();
        file.clone_into(&mut profile.name);
        profile.digest = Some(Digest::of(text.as_bytes()));
        read_profile(file, text, |file, table| Reader { file, profile: &mut profile }.whole(table))?;
        Ok(profile)
    }
}

struct Reader<'a, 'f> {
    file: &'a mut ProfileFile<'f, Slip>,
    profile: &'a mut Profile,
}

impl Reader<'_, '_> {
    fn count(&mut self, key: &str, value: &Value<'_>) -> Option<usize> {
        let written = value.get_ref().as_integer();
        let number = written.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        match number {
            Some(number @ 0..=WIDEST) => usize::try_from(number).ok(),
            Some(_) => {
                self.file.fault(&value.span(), Slip::Width { key: key.to_owned() });
                None
            }
            None => {
                self.file.wrong(key, &value.span(), "整数", "a whole number");
                None
            }
        }
    }

    fn whole(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match &**key.get_ref() {
                "name" => {
                    if let Some(name) = self.file.string("name", value) {
                        self.profile.name = name;
                    }
                }
                "envelope" => self.envelope(value),
                "calls" => self.calls(value),
                "fields" => self.fields(value),
                "codes" => self.codes(value),
                // What one file of a region says of statements is read where those are read.
                "statement" => {}
                _ => self.file.unknown(key, &["name", "envelope", "calls", "fields", "codes", "statement"]),
            }
        }
    }

    fn envelope(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("envelope", value) {
            let id = &**key.get_ref();
            if !ENVELOPE.contains(&id) {
                self.file.unknown(key, ENVELOPE);
            } else if let Some(text) = self.file.string(id, value) {
                self.profile.envelope.insert(id.to_owned(), text);
            }
        }
    }

    fn calls(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("calls", value) {
            let known = fields::nodes().find(|node| !node.is_list() && node.transaction == key.get_ref());
            let Some(node) = known else {
                self.file.fault(&key.span(), Slip::UnknownNode { key: key.get_ref().to_string() });
                continue;
            };
            for (key, value) in self.file.entries(key.get_ref(), value) {
                match &**key.get_ref() {
                    "lines" => match self.count("lines", value) {
                        Some(0) => self.file.fault(&value.span(), Slip::Width { key: "lines".to_owned() }),
                        Some(most) => drop(self.profile.lines.insert(node.transaction, most)),
                        None => {}
                    },
                    "omit" => {
                        if self.file.flag("omit", value) == Some(true) {
                            self.profile.omitted.insert(node.transaction);
                        }
                    }
                    _ => self.file.unknown(key, &["lines", "omit"]),
                }
            }
        }
    }

    fn fields(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("fields", value) {
            let written = &**key.get_ref();
            let (node, id) = written.rsplit_once('.').unwrap_or(("", written));
            let whole = self.profile.nodes.iter().any(|known| known.key() == node);
            if !node.is_empty() && !whole {
                self.file.fault(&key.span(), Slip::UnknownNode { key: node.to_owned() });
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
                self.file.fault(&key.span(), Slip::UnknownField { key: written.to_owned() });
                continue;
            }
            let told = self.file.told();
            for at in places {
                self.field(at, id, key, value);
                // The same entry in another place has the same faults.
                if self.file.told() > told {
                    break;
                }
            }
        }
    }

    fn field(&mut self, at: usize, id: &str, key: &Key<'_>, value: &Value<'_>) {
        if self.profile.nodes[at].lead.iter().any(|field| field.id == id) {
            return self.file.fault(&key.span(), Slip::Needed { key: key.get_ref().to_string() });
        }
        let known = self.profile.nodes[at].fields.iter().find(|field| field.id == id).cloned();
        let is_extra = known.is_none();
        let mut field = known.unwrap_or_else(|| Profile::extra(id));
        let (mut heading, mut typed, mut sized) = (false, None, Sized::default());
        for (key, value) in self.file.entries(key.get_ref(), value) {
            match &**key.get_ref() {
                "required" => field.required = self.file.flag("required", value).unwrap_or(field.required),
                "width" => sized.width = self.count("width", value).map(|width| (width, value.span())),
                "decimals" => sized.decimals = self.count("decimals", value),
                "value" => field.preset = self.file.string("value", value),
                "zh" => {
                    heading = true;
                    if let Some(text) = self.file.string("zh", value) {
                        field.zh = Cow::Owned(text);
                    }
                }
                "en" => {
                    if let Some(text) = self.file.string("en", value) {
                        field.en = Cow::Owned(text);
                    }
                }
                "type" => typed = self.file.string("type", value).map(|word| (word, value.span())),
                "codes" => self.field_codes(&mut field, value),
                "omit" => {
                    if self.file.flag("omit", value) == Some(true) && !is_extra {
                        return self.profile.omit(at, id);
                    }
                }
                _ => self.file.unknown(
                    key,
                    &["required", "width", "decimals", "codes", "value", "zh", "en", "type", "omit"],
                ),
            }
        }
        if is_extra && !(heading && typed.is_some()) {
            return self.file.fault(&key.span(), Slip::UnknownField { key: key.get_ref().to_string() });
        }
        if let Some((word, span)) = typed {
            match shape(&word) {
                Some(shape) => field.shape = shape,
                None => {
                    return self.file.wrong(
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
                return self.file.fault(&span.unwrap_or(value.span()), Slip::Width { key });
            }
        }
        self.profile.put(at, field);
    }

    fn field_codes(&mut self, field: &mut Field, value: &Value<'_>) {
        let Some(name) = self.file.string("codes", value) else { return };
        match codes::table(&name) {
            Some(table) => field.codes = Some(table.name),
            None if name.is_empty() => field.codes = None,
            None => self.file.fault(&value.span(), Slip::UnknownTable { name }),
        }
    }

    fn codes(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("codes", value) {
            let named = fields::nodes()
                .flat_map(|node| node.columns().filter_map(|field| field.codes))
                .find(|name| *name == key.get_ref());
            let Some(name) = named else {
                self.file.fault(&key.span(), Slip::UnknownTable { name: key.get_ref().to_string() });
                continue;
            };
            let mut rule = CodeRule::default();
            for (key, value) in self.file.entries(name, value) {
                match &**key.get_ref() {
                    "any" => rule.any = self.file.flag("any", value).unwrap_or_default(),
                    "add" => self.added(&mut rule, value),
                    "only" => {
                        rule.only = true;
                        self.added(&mut rule, value);
                    }
                    _ => self.file.unknown(key, &["add", "only", "any"]),
                }
            }
            self.profile.codes.insert(name, rule);
        }
    }

    fn added(&mut self, rule: &mut CodeRule, value: &Value<'_>) {
        for (code, value) in self.file.entries("add", value) {
            if let Some(words) = self.file.string(code.get_ref(), value) {
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
