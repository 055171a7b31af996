//! Proposals, votes, timelocks and their execution.

mod timer;

use calisec_runtime::{IcEnv, Reply, reply, upgrade_settings};
use calisec_types::governance::{
    BallotsArg, BallotsPage, CircuitsInit, GovernanceArg, GovernanceError, GovernanceInit, GovernanceSetting, Proposal,
    ProposalsArg, ProposalsPage, ProposeArg, Rules, StrikeBallotArg, Tally, VoteArg,
};
use calisec_types::ids::ProposalId;
use governance::clients::{EFFECTS, READS};
use governance::{api, lifecycle};

#[ic_cdk::init]
fn init(arg: GovernanceArg) {
    lifecycle::init(&arg.into_init().unwrap_or_else(|refusal| panic!("nothing is installed: {refusal}")));
    timer::arm();
}

#[ic_cdk::post_upgrade(decode_with = "upgrade_settings::<GovernanceInit, GovernanceSetting>")]
fn post_upgrade(settings: Vec<GovernanceSetting>) {
    lifecycle::post_upgrade(&settings);
    timer::arm();
}

#[ic_cdk::update(manual_reply = true)]
async fn propose(arg: ProposeArg) -> Reply<Proposal, GovernanceError> {
    let answer = api::propose(&IcEnv, &READS, arg).await;
    timer::arm();
    reply(answer)
}

#[ic_cdk::update(manual_reply = true)]
async fn vote(arg: VoteArg) -> Reply<Tally, GovernanceError> {
    let answer = api::vote(&IcEnv, &READS, arg).await;
    timer::arm();
    reply(answer)
}

#[ic_cdk::update(manual_reply = true)]
async fn strike_ballot(arg: StrikeBallotArg) -> Reply<Tally, GovernanceError> {
    let answer = api::strike_ballot(&IcEnv, &READS, arg).await;
    timer::arm();
    reply(answer)
}

#[ic_cdk::update(manual_reply = true)]
async fn execute(proposal: ProposalId) -> Reply<Proposal, GovernanceError> {
    let answer = api::execute(&IcEnv, &EFFECTS, proposal).await;
    timer::arm();
    reply(answer)
}

#[ic_cdk::query(manual_reply = true)]
fn proposal(proposal: ProposalId) -> Reply<Proposal, GovernanceError> {
    reply(api::proposal(&IcEnv, proposal))
}

#[ic_cdk::query(manual_reply = true)]
fn proposals(arg: ProposalsArg) -> Reply<ProposalsPage, GovernanceError> {
    reply(api::proposals(&IcEnv, &arg))
}

#[ic_cdk::query(manual_reply = true)]
fn ballots(arg: BallotsArg) -> Reply<BallotsPage, GovernanceError> {
    reply(api::ballots(&arg))
}

#[ic_cdk::query]
fn rules() -> Rules {
    api::rules()
}

#[ic_cdk::query]
fn circuits() -> Option<CircuitsInit> {
    api::circuits()
}

fn main() {}

#[cfg(test)]
mod tests {
    use super::Reply;
    use calisec_types::governance::{
        BallotsArg, BallotsPage, CircuitsInit, GovernanceArg, GovernanceError, Proposal, ProposalsArg, ProposalsPage,
        ProposeArg, Rules, StrikeBallotArg, Tally, VoteArg,
    };
    use calisec_types::ids::ProposalId;
    use candid_parser::utils::{CandidSource, service_equal};
    use std::path::Path;

    #[test]
    fn should_match_declared_candid_interface() {
        candid::export_service!();
        let exported = __export_service();
        let declared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../candid/governance.did");
        if let Err(difference) = service_equal(CandidSource::Text(&exported), CandidSource::File(&declared)) {
            panic!("candid/governance.did differs from the code: {difference}\nthe code has:\n{exported}");
        }
    }
}
