mod attacks;
mod circuits;
mod execute;
mod propose;
mod reads;
mod strike;
mod upgrade;
mod vote;

use crate::test_fixtures::Fault;
use calisec_clients::CallError;
use calisec_types::error::ErrorKind;

/// Every way in which membership's answer can fail to come, without it saying no.
fn silences() -> Vec<Fault> {
    let rejected = |code| CallError::Rejected { code, message: format!("reject {code}") };
    let unknown = || CallError::OutcomeUnknown { message: "timed out".into() };
    let mut faults: Vec<_> = (1..=5).map(|code| Fault::Lost(rejected(code))).collect();
    faults.extend([
        Fault::Lost(unknown()),
        Fault::AnswerLost(unknown()),
        Fault::Lost(CallError::NotSent { message: "queue full".into() }),
        Fault::Garbage,
        Fault::Error(ErrorKind::Temporary),
        Fault::Error(ErrorKind::Internal),
    ]);
    faults
}
