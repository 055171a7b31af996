//! `calisec group`.

use super::{read_text, reading};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{ApplicationId, ContextId, Digest32};
use calisec_sdk::types::membership::{CheckGroupStateArg, GroupRole, ListedMember};
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Larger files are refused: far more than ten thousand members.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// What is done with a group.
#[derive(Subcommand)]
pub enum Verb {
    /// Compare a node's list of members with what the canister has: recomputes Calimero's hash of the list, and says who is
    /// missing and who should not be there. Members are registered by their root keys, of which Calimero lists the hash. Exits
    /// with 6 if anything differs.
    ///
    /// Example: calisec group check-state <context> members.json --hash <digest> --admin <account> --owner <account>
    /// --application <account>
    CheckState {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// What GET /admin-api/groups/:id/members answers, or the list in it.
        file: PathBuf,
        /// groupStateHash of GET /admin-api/groups/:id.
        #[arg(long, value_parser = parse::digest)]
        hash: Digest32,
        /// The account of the group's administrator, as Calimero lists it.
        #[arg(long, value_parser = parse::calimero_account)]
        admin: Digest32,
        /// The account of the group's owner, as Calimero lists it.
        #[arg(long, value_parser = parse::calimero_account)]
        owner: Digest32,
        /// targetApplicationId of GET /admin-api/groups/:id.
        #[arg(long, value_parser = parse::application)]
        application: ApplicationId,
    },
}

/// A member as Calimero's API lists it.
#[derive(Deserialize)]
struct Member {
    #[serde(alias = "account")]
    identity: String,
    role: String,
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    let Verb::CheckState { context, file, hash, admin, owner, application } = verb;
    let mut arg = CheckGroupStateArg {
        context,
        admin_account: admin,
        owner_account: owner,
        target_application: application,
        members: read(&file)?,
        claimed_hash: hash,
        after: None,
        limit: None,
    };
    reading(options, |session| {
        let membership = session.membership()?;
        let mut missing = Vec::new();
        let mut extra: BTreeSet<Digest32> = arg.members.iter().map(|member| member.account).collect();
        let (computed, matches) = loop {
            let check = session.ask(membership.check_group_state(&arg))?;
            missing.extend(check.missing);
            extra.retain(|account| !check.found.contains(account));
            arg.after = check.next;
            if arg.after.is_none() {
                break (check.hash, check.matches);
            }
        };
        let is_same = matches && missing.is_empty() && extra.is_empty();
        let answer = Answer::of(json!({
            "hash": computed, "matches": matches, "not_in_the_list": missing, "not_registered": extra,
        }));
        if is_same {
            return Ok(answer);
        }
        let message = format!("the node's members are not those that are registered:\n{}", answer.to_text());
        Err(Failure { reason: Some(answer.into_value()), ..Failure::no(message) })
    })
}

fn read(path: &Path) -> Result<Vec<ListedMember>, Failure> {
    let wrong = |why: String| {
        Failure::usage(format!(
            "{} lists no members: {why}; save what GET /admin-api/groups/:id/members answers",
            path.display()
        ))
    };
    let mut value: Value =
        serde_json::from_str(&read_text(path, MAX_FILE_BYTES)?).map_err(|error| wrong(error.to_string()))?;
    for wrapping in ["data", "members"] {
        if value.get(wrapping).is_some() {
            value = value[wrapping].take();
        }
    }
    let listed: Vec<Member> = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
    listed
        .iter()
        .map(|member| {
            let role = match member.role.as_str() {
                "Admin" => GroupRole::Admin,
                "Member" => GroupRole::Member,
                "ReadOnly" => GroupRole::ReadOnly,
                "ReadOnlyTee" => GroupRole::ReadOnlyTee,
                other => return Err(wrong(format!("'{other}' is no role of Calimero"))),
            };
            Ok(ListedMember { account: parse::calimero_account(&member.identity).map_err(wrong)?, role })
        })
        .collect()
}
