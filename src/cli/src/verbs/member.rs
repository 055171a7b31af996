//! `calisec member`.

use super::{Page, confirm, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{AccountId, ContextId, KemKey, Revision};
use calisec_sdk::types::membership::{
    AddMemberArg, Capability, CapabilityArg, MembersArg, RemoveMemberArg, RevokeAccountArg, WasMemberArg,
};
use clap::Subcommand;

/// What is done with members.
#[derive(Subcommand)]
pub enum Verb {
    /// Add a member, or change the role or envelope key of one.
    ///
    /// Example: calisec member add <context> --account <account> --kem-key <key> --role contributor
    Add {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The member's account, as 'calisec identity show' prints it there.
        #[arg(long, value_parser = parse::account)]
        account: AccountId,
        /// The member's envelope key, as 'calisec identity show' prints it there.
        #[arg(long, value_parser = parse::kem_key)]
        kem_key: KemKey,
        /// A role of the group: 'calisec role list' shows them.
        #[arg(long, default_value = "reader")]
        role: String,
    },
    /// Remove a member with all its grants. The next decision about it is a deny.
    ///
    /// Example: calisec member remove <context> --account <account> --yes
    Remove {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The member's account.
        #[arg(long, value_parser = parse::account)]
        account: AccountId,
    },
    /// Revoke an account for ever: a lost account key, with all its devices, links and grants. The account, or who manages
    /// members.
    ///
    /// Example: calisec member ban <context> --account <account> --yes
    Ban {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The account.
        #[arg(long, value_parser = parse::account)]
        account: AccountId,
    },
    /// Give a member a capability beside those of its role.
    ///
    /// Example: calisec member grant <context> --account <account> --capability checkpoint
    Grant(CapabilityArguments),
    /// Take a capability of a member's own back. Those of its role stay.
    ///
    /// Example: calisec member revoke <context> --account <account> --capability checkpoint
    Revoke(CapabilityArguments),
    /// Show a member.
    ///
    /// Example: calisec member show <context> --account <account>
    Show {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The member's account.
        #[arg(long, value_parser = parse::account)]
        account: AccountId,
    },
    /// Show what somebody was at an earlier revision of the context. Exits with 6 when it was no member then.
    ///
    /// Example: calisec member was <context> --account <account> --revision 3
    Was {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The account, or the key of one of its devices, whatever became of it.
        #[arg(long, value_parser = parse::account)]
        account: AccountId,
        /// When: 'calisec context show' tells the revision of now.
        #[arg(long)]
        revision: u64,
    },
    /// List the members.
    ///
    /// Example: calisec member list <context> --all
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<AccountId>,
    },
}

/// Whose capability, and which.
#[derive(clap::Args)]
pub struct CapabilityArguments {
    /// The context.
    #[arg(value_parser = parse::context)]
    context: ContextId,
    /// The member's account.
    #[arg(long, value_parser = parse::account)]
    account: AccountId,
    /// Which.
    #[arg(long, value_parser = parse::capability)]
    capability: Capability,
}

impl CapabilityArguments {
    fn to_arg(&self) -> CapabilityArg {
        CapabilityArg { context: self.context, account: self.account, capability: self.capability }
    }
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Add { context, account, kem_key, role } => writing(options, |session| {
            let arg = AddMemberArg { context, account, role, kem_key };
            session.ask(session.membership()?.add_member(&arg)).map(Answer::of)
        }),
        Verb::Remove { context, account } => {
            confirm(options, &format!("this removes {account} and everything it was granted"))?;
            writing(options, |session| {
                session.ask(session.membership()?.remove_member(&RemoveMemberArg { context, account })).map(Answer::of)
            })
        }
        Verb::Ban { context, account } => {
            confirm(options, &format!("this revokes {account} for ever"))?;
            writing(options, |session| {
                session
                    .ask(session.membership()?.revoke_account(&RevokeAccountArg { context, account }))
                    .map(Answer::of)
            })
        }
        Verb::Grant(arguments) => writing(options, |session| {
            session.ask(session.membership()?.grant_capability(&arguments.to_arg())).map(Answer::of)
        }),
        Verb::Revoke(arguments) => writing(options, |session| {
            session.ask(session.membership()?.revoke_capability(&arguments.to_arg())).map(Answer::of)
        }),
        Verb::Show { context, account } => {
            reading(options, |session| session.ask(session.membership()?.member(context, account)).map(Answer::of))
        }
        Verb::Was { context, account, revision } => reading(options, |session| {
            let arg = WasMemberArg { context, key: account, revision: Revision(revision) };
            let past = session.ask(session.membership()?.was_member(&arg))?;
            past.map(Answer::of).ok_or_else(|| Failure::no(format!("{account} was no member at revision {revision}")))
        }),
        Verb::List { context, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("members", |after, limit| {
                let page = session.ask(membership.members(&MembersArg { context, after, limit }))?;
                Ok((page.members, page.next))
            })
        }),
    }
}
