//! What an upgrade is told.

use calisec_types::install::InstallArg;
use candid::de::IDLDeserialize;
use candid::{CandidType, Deserialize};

/// The settings that an upgrade changes; none when it has no argument. Decodes the argument of `post_upgrade`.
///
/// An endpoint that takes an optional argument would do the wrong thing: Candid reads an argument of another type as an absent one.
///
/// # Panics
/// When there is an argument that is not [`InstallArg::Upgrade`] to the letter: the upgrade is undone.
pub fn upgrade_settings<Init, Setting>(argument: Vec<u8>) -> Vec<Setting>
where
    Init: CandidType + for<'de> Deserialize<'de>,
    Setting: CandidType + for<'de> Deserialize<'de>,
{
    decoded::<Init, Setting>(&argument).unwrap_or_else(|refusal| panic!("nothing is upgraded: {refusal}"))
}

fn decoded<Init, Setting>(argument: &[u8]) -> Result<Vec<Setting>, String>
where
    Init: CandidType + for<'de> Deserialize<'de>,
    Setting: CandidType + for<'de> Deserialize<'de>,
{
    if argument.is_empty() {
        return Ok(Vec::new());
    }
    let unreadable = |error: candid::Error| format!("the argument is not what the interface declares: {error}");
    let mut arguments = IDLDeserialize::new(argument).map_err(unreadable)?;
    if arguments.is_done() {
        return Ok(Vec::new());
    }
    let argument: InstallArg<Init, Setting> = arguments.get_value().map_err(unreadable)?;
    arguments.done().map_err(unreadable)?;
    argument.into_settings().map_err(|refusal| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use super::{decoded, upgrade_settings};
    use calisec_types::governance::{CircuitsInit, GovernanceArg, GovernanceInit, GovernanceSetting, Rules};
    use calisec_types::ids::ContextId;
    use calisec_types::membership::{MembershipArg, MembershipInit, MembershipSetting};
    use candid::{CandidType, Principal, encode_args, encode_one};

    const VERIFIER: Principal = Principal::from_slice(&[1; 10]);

    fn settings(argument: &[u8]) -> Result<Vec<MembershipSetting>, String> {
        decoded::<MembershipInit, MembershipSetting>(argument)
    }

    fn encoded(argument: impl CandidType) -> Vec<u8> {
        encode_one(argument).expect("encodes")
    }

    #[test]
    fn should_keep_everything_when_an_upgrade_names_nothing() {
        let nothing = encoded(MembershipArg::Upgrade(Vec::new()));
        for argument in [Vec::new(), encode_args(()).expect("encodes"), nothing] {
            assert_eq!(settings(&argument), Ok(Vec::new()));
        }
    }

    #[test]
    fn should_answer_the_settings_in_their_order() {
        let wanted = vec![MembershipSetting::ProofVerifier(VERIFIER), MembershipSetting::ProofVerifier(VERIFIER)];
        assert_eq!(settings(&encoded(MembershipArg::Upgrade(wanted.clone()))), Ok(wanted));
        let circuits = CircuitsInit { proof_verifier: VERIFIER, context: ContextId([2; 32]) };
        let argument = encoded(GovernanceArg::Upgrade(vec![GovernanceSetting::Circuits(circuits)]));
        let decoded = upgrade_settings::<GovernanceInit, GovernanceSetting>(argument);
        assert_eq!(decoded, [GovernanceSetting::Circuits(circuits)]);
    }

    /// Each of these would read as "no argument", or as one that names nothing, were the argument or its settings optional.
    #[test]
    fn should_refuse_an_argument_that_is_not_to_the_letter() {
        #[derive(CandidType)]
        enum Other<T> {
            Upgrade(T),
            Downgrade,
        }
        #[derive(CandidType)]
        enum Misspelt {
            ProofVerifer(Principal),
        }
        #[derive(CandidType)]
        enum Mistyped {
            ProofVerifier(String),
        }
        let init = MembershipInit { governance: VERIFIER, proof_verifier: None };
        let rules = Rules {
            voting_period_seconds: 60,
            timelock_seconds: 0,
            execution_window_seconds: 60,
            quorum_percent: 1,
            approval_percent: 50,
        };
        let governance = GovernanceInit { membership: VERIFIER, rules, circuits: None };
        for (what, argument, says) in [
            ("no Candid", b"garbage".to_vec(), "not what the interface declares"),
            ("half an argument", encoded(MembershipArg::Upgrade(Vec::new()))[..6].to_vec(), "not what the interface"),
            ("a text", encoded("upgrade"), "not what the interface"),
            ("a record", encoded(&init), "not what the interface"),
            ("an optional text", encoded(Some("upgrade")), "not what the interface"),
            ("null", encoded(None::<MembershipArg>), "not what the interface"),
            ("a case that is not known", encoded(Other::<()>::Downgrade), "not what the interface"),
            ("settings that are no list", encoded(Other::Upgrade("all")), "not what the interface"),
            ("a misspelt setting", encoded(Other::Upgrade(vec![Misspelt::ProofVerifer(VERIFIER)])), "not what the"),
            (
                "a setting of another type",
                encoded(Other::Upgrade(vec![Mistyped::ProofVerifier(VERIFIER.to_text())])),
                "not what the interface",
            ),
            ("another canister's", encoded(GovernanceArg::Init(governance)), "not what the interface"),
            ("what it was installed with", encoded(MembershipArg::Init(init)), "Init is for one that is not installed"),
        ] {
            let refusal = settings(&argument).expect_err(what);
            assert!(refusal.contains(says), "{what}: {refusal}");
        }
    }
}
