//! What is printed: one JSON document, or the same for a person.

use crate::failure::Failure;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Write;

/// Nanoseconds from here on are moments, not durations: 2001-09-09.
const FIRST_MOMENT_NS: u64 = 1_000_000_000_000_000_000;

/// Something with more fields is shown on lines of its own.
const MOST_ON_A_LINE: usize = 4;

/// What a verb found or did.
#[derive(Clone, Debug)]
pub struct Answer {
    value: Value,
    text: Option<String>,
}

impl Answer {
    /// From something that has a JSON form.
    pub fn of(value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => Self { value, text: None },
            Err(error) => unreachable!("answers have a JSON form: {error}"),
        }
    }

    /// A part of a list, and where it goes on.
    pub fn page(name: &str, items: &[impl Serialize], next: Option<&impl Serialize>) -> Self {
        let mut value = Self::of(serde_json::json!({ name: items })).value;
        let mut text = if items.is_empty() { format!("no {}\n", name.replace('_', " ")) } else { render(&value) };
        value["next"] = Self::of(next).value;
        if next.is_some() {
            let _ = write!(text, "\nmore with --after {}, everything with --all", cell("", &value["next"]));
        }
        Self { value, text: Some(text) }
    }

    /// For a person this text instead of the fields.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Whether this tells of a request that was signed and not sent.
    pub fn is_signed_request(&self) -> bool {
        self.value.get("signed_request").is_some()
    }

    /// What was found or done.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// For a machine.
    pub fn to_json(&self) -> String {
        self.value.to_string()
    }

    /// One field as a script wants it: text as it is, everything else in JSON. In a list, by number, or by name or id.
    pub fn field(&self, path: &str) -> Result<String, Failure> {
        let mut value = &self.value;
        for (depth, name) in path.split('.').enumerate() {
            let inner = match value {
                Value::Array(items) => name.parse().ok().and_then(|at: usize| items.get(at)).or_else(|| {
                    items.iter().find(|item| ["name", "id"].iter().any(|key| cell("", &item[*key]) == name))
                }),
                other => other.get(name),
            };
            value = inner.ok_or_else(|| no_field(value, path, depth))?;
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Ok(harmless(&text))
    }

    /// For a person, on one line: of a case its name, and then what is in it.
    pub fn to_line(&self) -> String {
        let case = self.value.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.iter().next());
        harmless(&match case {
            Some((name, inside)) => format!("{name}  {}", cell(name, inside)),
            None => cell("", &self.value),
        })
    }

    /// For a person. What canisters said may come from anybody, so nothing in it reaches the terminal as a command.
    pub fn to_text(&self) -> String {
        let text = match &self.text {
            Some(text) => text.trim_end().to_owned(),
            None => render(&self.value).trim_end().to_owned(),
        };
        harmless(&text)
    }
}

fn no_field(value: &Value, path: &str, depth: usize) -> Failure {
    let there = match value {
        Value::Object(fields) => fields.keys().cloned().collect::<Vec<_>>().join(", "),
        Value::Array(items) => format!("a list of {}", items.len()),
        _ => "nothing inside".to_owned(),
    };
    let name = path.split('.').take(depth + 1).collect::<Vec<_>>().join(".");
    Failure::usage(format!("it was done, but there is no field {name}; there is {there}"))
}

/// Without control characters, and without what reorders text: escape sequences and bidirectional overrides.
pub fn harmless(text: &str) -> String {
    let is_harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

fn render(value: &Value) -> String {
    match value {
        Value::Object(fields) => render_fields(fields),
        Value::Array(items) => render_table(items),
        _ => cell("", value),
    }
}

/// Names and values first, then what needs more than a line, lists by their tables.
fn render_fields(fields: &Map<String, Value>) -> String {
    let is_list = |value: &Value| match value {
        Value::Array(items) => items.iter().any(Value::is_object),
        Value::Object(fields) => fields.len() > MOST_ON_A_LINE,
        _ => false,
    };
    let width = fields.iter().filter(|(_, value)| !is_list(value)).map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in fields {
        if is_list(value) {
            continue;
        }
        let empty_page = name == "next" && value.is_null() && fields.len() > 1;
        if !empty_page {
            let _ = writeln!(text, "{:width$}  {}", name.replace('_', " "), cell(name, value));
        }
    }
    for (name, value) in fields {
        if is_list(value) {
            let title = if text.is_empty() { String::new() } else { format!("\n{}\n", name.replace('_', " ")) };
            let _ = write!(text, "{title}{}", render(value));
        }
    }
    text
}

fn render_table(items: &[Value]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for item in items {
        for name in item.as_object().into_iter().flat_map(Map::keys) {
            if !columns.contains(&name.as_str()) {
                columns.push(name);
            }
        }
    }
    if columns.is_empty() {
        return items.iter().map(|item| cell("", item) + "\n").collect();
    }
    let mut rows: Vec<Vec<String>> = vec![columns.iter().map(|name| name.replace('_', " ").to_uppercase()).collect()];
    rows.extend(items.iter().map(|item| columns.iter().map(|name| cell(name, &item[*name])).collect()));
    let widths: Vec<usize> =
        (0..columns.len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width)).collect();
        let _ = writeln!(text, "{}", line.join("  ").trim_end());
    }
    text
}

fn cell(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_u64() {
            Some(ns) if ns >= FIRST_MOMENT_NS && !name.ends_with("cycles") => moment(ns),
            _ => number.to_string(),
        },
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(|item| cell(name, item)).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let parts = fields.iter().map(|(name, value)| match value {
                Value::Object(_) => format!("{name} {{{}}}", cell(name, value)),
                _ => format!("{}={}", name.replace('_', " "), cell(name, value)),
            });
            parts.collect::<Vec<_>>().join(" ")
        }
    }
}

/// Nanoseconds since 1970 as a date and time in UTC.
pub fn moment(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant, "chrono-compatible low-level date algorithms": days since 0000-03-01.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::{Answer, harmless, moment};
    use serde_json::json;

    #[test]
    fn should_give_the_date_when_asked_for_a_moment() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_600, "2026-01-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(moment(seconds * 1_000_000_000), text);
        }
    }

    #[test]
    fn should_send_no_commands_to_the_terminal_when_text_holds_them() {
        let hostile = "a\u{1b}[2Jb\u{7}c\u{9b}d\r\n\u{202e}e";
        assert_eq!(harmless(hostile), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}\n\u{fffd}e");
        let answer = Answer::of(json!({ "role": hostile }));
        assert!(!answer.to_text().chars().any(|c| c.is_control() && c != '\n'));
        assert!(Answer::of(json!(null)).with_text(hostile).to_text().starts_with("a\u{fffd}["));
    }

    #[test]
    fn should_give_one_field_when_asked_by_its_path() {
        let answer =
            Answer::of(json!({ "id": "abc", "count": 3, "canisters": [{ "name": "membership", "id": "aaaaa-aa" }] }));
        for (path, text) in [
            ("id", "abc"),
            ("count", "3"),
            ("canisters.0.id", "aaaaa-aa"),
            ("canisters.membership.id", "aaaaa-aa"),
            ("canisters.aaaaa-aa.name", "membership"),
        ] {
            assert_eq!(answer.field(path).expect("there"), text, "{path}");
        }
        for path in ["", "x", "id.x", "canisters.1", "canisters.x.id", "canisters.0.x"] {
            let refused = answer.field(path).expect_err("not there");
            assert!(refused.message.contains("there is "), "{path}: {}", refused.message);
        }
    }

    #[test]
    fn should_show_lists_as_tables_when_there_are_some() {
        let page = json!({ "next": null, "members": [
            { "role": "editor", "weight": 1, "since": 1_767_225_600_000_000_000_u64 },
            { "role": "x", "weight": 20 },
        ] });
        assert_eq!(
            Answer::of(page).to_text(),
            "ROLE    WEIGHT  SINCE\neditor  1       2026-01-01T00:00:00Z\nx       20      -"
        );
        let one = json!({ "id": "abc", "member_count": 3, "is_ok": true, "names": [] });
        assert_eq!(Answer::of(one).to_text(), "id            abc\nmember count  3\nis ok         yes\nnames         -");
    }
}
