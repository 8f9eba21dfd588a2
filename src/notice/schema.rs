//! The JSON Schema of the language, so that editors complete and check notices.
//!
//! Built from the grammar. It knows keys, types and words; what only reading can
//! tell (times that run backwards, facts not declared) is left to `check`.

use super::grammar::{Grammar, MOMENT_KEYS, NOTICE, OPERATORS, Shape};
use crate::domain::terms::{EFFECTS, PAPERS};
use crate::domain::{FACTS, Kind};
use crate::text::Label;
use serde_json::{Map, Value, json};

/// The JSON Schema (2020-12) of `schema = 1`.
pub fn schema() -> Value {
    let mut root = table(&NOTICE);
    let object = root.as_object_mut().expect("a table is an object");
    object.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    object.insert("title".into(), "guazhang notice, schema 1".into());
    object.insert("$defs".into(), json!({
        "stamp": { "type": "string", "description": "a date or date-time, Beijing time, without quotes or offset" },
        "condition": condition(),
        "operators": operators(),
        "moment": moment(),
        "effects": effects(),
    }));
    root
}

fn table(grammar: &Grammar) -> Value {
    let mut properties = Map::new();
    for key in grammar.keys {
        let mut shape = shape(key.name, key.shape);
        if let Some(object) = shape.as_object_mut() {
            object.insert("description".into(), key.doc.into());
        }
        properties.insert(key.name.to_owned(), shape);
    }
    let required: Vec<&str> = grammar.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "title": grammar.name,
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn shape(name: &str, shape: Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Integer if name == "schema" => json!({ "const": 1 }),
        Shape::Integer => json!({ "type": "integer" }),
        Shape::Day | Shape::Stamp => json!({ "$ref": "#/$defs/stamp" }),
        Shape::Texts if name == "papers" => {
            let usual: Vec<&str> = PAPERS.iter().map(|(id, ..)| *id).collect();
            json!({ "type": "array", "items": { "type": "string", "examples": usual } })
        }
        Shape::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::TextLists => {
            json!({ "type": "array", "items": { "type": "array", "items": { "type": "string" } } })
        }
        Shape::Words(words) => json!({ "enum": words }),
        Shape::Table(inner) => table(inner),
        Shape::Tables(inner) => json!({ "type": "array", "items": table(inner) }),
        Shape::Named(inner) => json!({ "type": "object", "additionalProperties": table(inner) }),
        Shape::Condition => json!({ "$ref": "#/$defs/condition" }),
        Shape::Moment => json!({ "$ref": "#/$defs/moment" }),
        Shape::Effects => json!({ "$ref": "#/$defs/effects" }),
    }
}

fn condition() -> Value {
    let mut properties = Map::new();
    let list = json!({ "type": "array", "items": { "$ref": "#/$defs/condition" } });
    properties.insert("any".into(), list.clone());
    properties.insert("all".into(), list);
    properties.insert("not".into(), json!({ "$ref": "#/$defs/condition" }));
    for (name, kind) in FACTS {
        let description = format!("{kind:?}").to_lowercase();
        let words: Option<Vec<&str>> = match *name {
            "kind" => Some(Kind::ALL.iter().map(Label::id).collect()),
            "locality" => Some(vec!["local", "inbound", "outbound"]),
            "credential" => Some(vec!["card", "e_voucher", "id"]),
            _ => None,
        };
        let value = match words {
            Some(words) => json!({ "description": description, "anyOf": [
                { "enum": words },
                { "type": "array", "items": { "enum": words } },
                { "$ref": "#/$defs/operators" },
            ] }),
            None => json!({ "description": description }),
        };
        properties.insert((*name).to_owned(), value);
    }
    json!({ "type": "object", "description": "all entries must hold; facts the notice declares may be added", "properties": properties })
}

fn operators() -> Value {
    let properties: Map<String, Value> = OPERATORS.iter().map(|&name| (name.to_owned(), json!({}))).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn moment() -> Value {
    let count = |doc: &str| json!({ "type": "integer", "minimum": 1, "description": doc });
    let own = json!({ "$ref": "#/$defs/moment" });
    let properties: Map<String, Value> = MOMENT_KEYS
        .iter()
        .map(|&key| {
            let value = match key {
                "end_of" => json!({ "enum": ["day", "week", "month", "quarter", "half_year", "year"] }),
                "roll" => json!({ "enum": ["next_working_day", "previous_working_day"] }),
                "counting_first_day" => json!({ "type": "boolean" }),
                "months_later" => json!({ "type": "integer" }),
                "by_year" => json!({ "type": "object", "additionalProperties": own }),
                "earliest" | "latest" => json!({ "type": "array", "items": own }),
                "if_in_stop" => own.clone(),
                "after" | "before" | "of" => json!({ "type": ["string", "object"], "examples": ["resumed", "suspended", "occurred_at", "discharged_at", "applied_on"] }),
                "at" => json!({ "type": "string", "examples": ["17:00"] }),
                _ => count(key),
            };
            (key.to_owned(), value)
        })
        .collect();
    let case = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["is"],
        "properties": { "when": { "$ref": "#/$defs/condition" }, "is": own },
    });
    json!({ "anyOf": [
        { "type": "string", "examples": ["not_stated", "agency"] },
        { "type": "object", "additionalProperties": false, "properties": properties },
        { "type": "array", "items": case },
    ] })
}

fn effects() -> Value {
    let properties: Map<String, Value> =
        EFFECTS.iter().map(|(name, ..)| ((*name).to_owned(), json!({}))).collect();
    json!({ "type": "object", "properties": properties })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::{builtin_ids, builtin_text};

    /// Keys and words of a value against the schema; each fault with its path.
    fn faults(value: &Value, schema: &Value, root: &Value, path: &str) -> Vec<String> {
        if let Some(name) = schema["$ref"].as_str() {
            let target = root.pointer(name.trim_start_matches('#')).expect("a definition");
            return faults(value, target, root, path);
        }
        if let Some(any) = schema["anyOf"].as_array() {
            let tried: Vec<Vec<String>> = any.iter().map(|one| faults(value, one, root, path)).collect();
            return if tried.iter().any(Vec::is_empty) { Vec::new() } else { tried.concat() };
        }
        if let Some(words) = schema["enum"].as_array() {
            return if words.contains(value) { Vec::new() } else { vec![format!("{path}: {value}")] };
        }
        let fits = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !fits {
            return vec![format!("{path}: {value}")];
        }
        let mut found = Vec::new();
        if let Some(object) = value.as_object() {
            for key in schema["required"].as_array().into_iter().flatten() {
                if !object.contains_key(key.as_str().expect("a name")) {
                    found.push(format!("{path}: lacks {key}"));
                }
            }
            for (key, value) in object {
                let path = format!("{path}.{key}");
                match (schema["properties"].get(key), &schema["additionalProperties"]) {
                    (Some(known), _) => found.extend(faults(value, known, root, &path)),
                    (None, Value::Bool(false)) => found.push(format!("{path}: unknown")),
                    (None, Value::Object(_)) => {
                        found.extend(faults(value, &schema["additionalProperties"], root, &path));
                    }
                    (None, _) => {}
                }
            }
        }
        for (n, item) in value.as_array().into_iter().flatten().enumerate() {
            found.extend(faults(item, &schema["items"], root, &format!("{path}[{n}]")));
        }
        found
    }

    /// TOML as an editor hands it to the schema: times are texts.
    fn json_of(value: &toml::Value) -> Value {
        match value {
            toml::Value::Datetime(at) => at.to_string().into(),
            toml::Value::Array(items) => items.iter().map(json_of).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.iter().map(|(key, value)| (key.clone(), json_of(value))).collect())
            }
            toml::Value::String(text) => text.as_str().into(),
            toml::Value::Integer(number) => (*number).into(),
            toml::Value::Boolean(flag) => (*flag).into(),
            toml::Value::Float(number) => number.to_string().into(),
        }
    }

    #[test]
    fn the_built_in_notices_fit() {
        let schema = schema();
        for id in builtin_ids() {
            let text = builtin_text(id).unwrap();
            let table: toml::Table = text.parse().unwrap();
            let value = json_of(&toml::Value::Table(table));
            assert_eq!(faults(&value, &schema, &schema, id), Vec::<String>::new());
        }
    }

    #[test]
    fn what_does_not_fit_is_found() {
        let schema = schema();
        let text = "schema = 1\nid = \"t\"\ntitle = \"t\"\ncity = \"t\"\nplace = \"370000\"\n\
                    [[rule]]\nid = \"r\"\nclause = \"1\"\nwhen = { kind = \"people\" }\n\
                    [[rule.option]]\nroute = \"fly\"\ndue = { dayz = 3 }\n";
        let value = json_of(&toml::Value::Table(text.parse().unwrap()));
        let found = faults(&value, &schema, &schema, "t").join("\n");
        for part in
            ["lacks \"year\"", "t.rule[0].when.kind", "t.rule[0].option[0].route", "due.dayz: unknown"]
        {
            assert!(found.contains(part), "{part} in\n{found}");
        }
    }

    /// Every key and word of a table and those below it.
    fn keys(grammar: &'static Grammar, names: &mut Vec<&'static str>) {
        for key in grammar.keys {
            names.push(key.name);
            match key.shape {
                Shape::Table(inner) | Shape::Tables(inner) | Shape::Named(inner) => keys(inner, names),
                Shape::Words(words) => names.extend(words),
                _ => {}
            }
        }
    }

    #[test]
    fn every_key_stands_in_the_reference() {
        let reference = include_str!("../../docs/notices.md");
        let mut names: Vec<&'static str> = Vec::new();
        keys(&NOTICE, &mut names);
        names.extend(OPERATORS.iter().chain(MOMENT_KEYS));
        names.extend(EFFECTS.iter().chain(crate::domain::terms::ACTIONS).map(|(id, ..)| *id));
        names.extend(PAPERS.iter().map(|(id, ..)| *id).chain(FACTS.iter().map(|(name, _)| *name)));
        for name in names {
            assert!(reference.contains(name), "docs/notices.md does not say `{name}`");
        }
    }
}
