//! Many questions from a file.

use super::ActionName;
use crate::failure::Failure;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use crate::verbs::read_text;
use calisec_sdk::types::ids::{ContextId, NoteId};
use calisec_sdk::types::membership::{DecideBatchArg, MAX_QUESTIONS, Question, Subject};
use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// A question as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    account: Option<String>,
    principal: Option<String>,
    action: String,
    note: Option<u64>,
    owner: Option<String>,
    kind: Option<String>,
    registry: Option<String>,
    purpose: Option<String>,
}

/// Asks all, and answers in their order.
pub fn run(session: &Session, context: ContextId, file: &Path) -> Result<Answer, Failure> {
    let text = read_text(file, MAX_FILE_BYTES)?;
    let written: Vec<Written> = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "{} holds no questions: {error}; a list is expected, like [{{\"account\": \"...\", \"action\": \"read\", \
             \"note\": 1}}]",
            file.display()
        ))
    })?;
    let mut questions = Vec::new();
    for (number, written) in written.iter().enumerate() {
        let wrong =
            |failure: Failure| Failure { message: format!("question {}: {}", number + 1, failure.message), ..failure };
        questions.push(written.to_question(session).map_err(wrong)?);
    }
    let membership = session.membership()?;
    let mut rows: Vec<Value> = Vec::new();
    let mut denied = 0;
    for chunk in questions.chunks(MAX_QUESTIONS) {
        let arg = DecideBatchArg { context, questions: chunk.to_vec() };
        for (question, answer) in chunk.iter().zip(session.ask(membership.decide_batch(&arg))?) {
            let mut row = json!({
                "subject": question.subject, "action": question.action, "note": question.note.as_ref().map(|note| note.note),
            });
            match answer {
                Ok(decision) => {
                    row["allowed"] = json!(decision.allowed);
                    row["policies"] = json!(decision.determining_policies);
                    row["missing"] = json!(decision.missing);
                }
                Err(error) => {
                    row["allowed"] = json!(false);
                    row["missing"] = json!([error.message]);
                }
            }
            denied += usize::from(row["allowed"] == json!(false));
            rows.push(row);
        }
    }
    let answer = Answer::of(json!({ "denied": denied, "decisions": rows }));
    if denied == 0 {
        return Ok(answer);
    }
    let message = format!("{denied} of {} are denied:\n{}", rows.len(), answer.to_text());
    Err(Failure { reason: Some(answer.into_value()), ..Failure::no(message) })
}

impl Written {
    fn to_question(&self, session: &Session) -> Result<Question, Failure> {
        let subject = match (&self.account, &self.principal) {
            (Some(account), None) => Subject::Account(parse::account(account).map_err(Failure::usage)?),
            (None, Some(principal)) => Subject::Principal(parse::principal(principal).map_err(Failure::usage)?),
            _ => return Err(Failure::usage("give an account or a principal")),
        };
        let action = ActionName::from_str(&self.action, false)
            .map_err(|_| Failure::usage(format!("'{}' is no action: read or mint", self.action)))?;
        action.check_note(self.note)?;
        let id = |text: &Option<String>| text.as_deref().map(parse::principal).transpose().map_err(Failure::usage);
        let (owner, registry) = (id(&self.owner)?, id(&self.registry)?);
        let kept = super::Kept { owner, registry, kind: self.kind.clone() };
        let note = self.note.map(|note| super::resource(session, NoteId(note), &kept)).transpose()?;
        Ok(Question { subject, action: action.into(), note, purpose: self.purpose.clone() })
    }
}
