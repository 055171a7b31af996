//! Lists: which part of one is wanted, and how it is shown.

use crate::failure::Failure;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{
    AccountId, ApplicationRevision, CircuitId, ContextId, Digest32, GrantId, Height, NoteId, ProposalId, ReceiptId,
    RoundId, Seq, Timestamp,
};
use calisec_sdk::types::membership::{DueDevice, NoteRef};
use candid::Principal;
use serde::Serialize;
use serde_json::Value;

/// What a list can be continued after: the `next` of the page before.
pub trait Cursor: Clone + Serialize + Send + Sync + 'static {
    /// From what a person types, or says what is wrong with it.
    fn read(text: &str) -> Result<Self, String>;

    /// As it is printed: what [`Self::read`] takes.
    fn written(&self) -> Value {
        Answer::of(self).into_value()
    }
}

/// How much of a list is wanted.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Amount {
    /// Entries on a page: 1 to 200.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: Option<u32>,
    /// All pages, one after the other.
    #[arg(long)]
    pub all: bool,
}

/// Which part of a list is wanted.
#[derive(clap::Args, Clone, Debug)]
pub struct Page<C: Cursor> {
    /// Go on after this one: what the page before names as the next.
    #[arg(long, value_name = "NEXT", value_parser = C::read)]
    after: Option<C>,
    #[command(flatten)]
    amount: Amount,
}

impl Amount {
    /// Everything.
    pub const ALL: Self = Self { limit: None, all: true };

    /// Collects what is wanted; `ask` fetches the page after a cursor.
    pub fn collect<T, C: Clone>(
        self,
        after: Option<C>,
        mut ask: impl FnMut(Option<C>, Option<u32>) -> Result<(Vec<T>, Option<C>), Failure>,
    ) -> Result<(Vec<T>, Option<C>), Failure> {
        let limit = if self.all { self.limit.or(Some(200)) } else { self.limit };
        let (mut items, mut next) = ask(after, limit)?;
        while let (true, Some(cursor)) = (self.all, next.clone()) {
            let (more, after) = ask(Some(cursor), limit)?;
            items.extend(more);
            next = after;
        }
        Ok((items, next))
    }
}

impl<C: Cursor> Page<C> {
    /// Whether anything was said about the part: where a list comes in one piece, that would be ignored.
    pub fn is_partial(&self) -> bool {
        self.after.is_some() || self.amount.limit.is_some()
    }

    /// Collects what is wanted; `ask` fetches the page after a cursor.
    pub fn collect<T>(
        self,
        ask: impl FnMut(Option<C>, Option<u32>) -> Result<(Vec<T>, Option<C>), Failure>,
    ) -> Result<(Vec<T>, Option<C>), Failure> {
        self.amount.collect(self.after, ask)
    }

    /// Collects what is wanted, and shows it.
    pub fn show<T: Serialize>(
        self,
        name: &str,
        ask: impl FnMut(Option<C>, Option<u32>) -> Result<(Vec<T>, Option<C>), Failure>,
    ) -> Result<Answer, Failure> {
        let (items, next) = self.collect(ask)?;
        Ok(Answer::page(name, &items, next.as_ref().map(C::written).as_ref()))
    }
}

impl Page<Seq> {
    /// Collects entries of a log, which are asked for by the number of the first one; `seq_of` tells an entry's own.
    pub fn collect_log<T>(
        self,
        seq_of: impl Fn(&T) -> Seq,
        mut fetch: impl FnMut(Seq, Option<u32>) -> Result<Vec<T>, Failure>,
    ) -> Result<(Vec<T>, Option<Seq>), Failure> {
        self.collect(|after, limit| {
            let entries = fetch(after.map_or(Seq(1), Seq::next), limit)?;
            let last = entries.last().map(&seq_of);
            // A log does not say whether there is more.
            let is_last = match last {
                Some(last) => fetch(last.next(), Some(1))?.is_empty(),
                None => true,
            };
            Ok((entries, last.filter(|_| !is_last)))
        })
    }
}

/// The parts of a cursor that stands for more than one thing, with a `/` between them.
fn parts<const N: usize>(text: &str, example: &str) -> Result<[String; N], String> {
    let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
    parts.try_into().map_err(|_| format!("pass what the page before names as next, like '{example}'"))
}

/// Where a list of devices goes on: `DUE/DEVICE/ACCOUNT`.
impl Cursor for DueDevice {
    fn read(text: &str) -> Result<Self, String> {
        let [due, key, account] = parts(text, "1795159945000000000/DEVICE/ACCOUNT")?;
        let due = parse::number(&due).map(Timestamp)?;
        Ok(Self { due, key: parse::device(&key)?, account: parse::account(&account)? })
    }

    fn written(&self) -> Value {
        format!("{}/{}/{}", self.due.0, self.key, self.account).into()
    }
}

/// Where a list of notes of several registries goes on: `REGISTRY/NOTE`.
impl Cursor for NoteRef {
    fn read(text: &str) -> Result<Self, String> {
        let [registry, note] = parts(text, "w7x7r-cok77-xa/7")?;
        Ok(Self { registry: parse::principal(&registry)?, note: NoteId(parse::number(&note)?) })
    }

    fn written(&self) -> Value {
        format!("{}/{}", self.registry, self.note).into()
    }
}

macro_rules! cursors {
    ($($id:ty => $read:path),* $(,)?) => {$(
        impl Cursor for $id {
            fn read(text: &str) -> Result<Self, String> {
                $read(text)
            }
        }
    )*};
}

macro_rules! numbered_cursors {
    ($($number:ident),* $(,)?) => {$(
        impl Cursor for $number {
            fn read(text: &str) -> Result<Self, String> {
                parse::number(text).map(Self)
            }
        }
    )*};
}

cursors! {
    AccountId => parse::account,
    CircuitId => parse::circuit,
    ContextId => parse::context,
    Digest32 => parse::digest,
    Principal => parse::principal,
    ReceiptId => parse::receipt,
    u64 => parse::number,
}
numbered_cursors!(ApplicationRevision, GrantId, Height, NoteId, ProposalId, RoundId, Seq);

#[cfg(test)]
mod tests {
    use super::{Amount, Cursor, Page};
    use calisec_sdk::types::ids::{AccountId, DeviceKey, NoteId, Seq, Timestamp};
    use calisec_sdk::types::membership::{DueDevice, NoteRef};
    use candid::Principal;

    #[test]
    fn should_read_what_is_written_when_a_cursor_has_parts() {
        let device = DueDevice { due: Timestamp(u64::MAX), key: DeviceKey([7; 32]), account: AccountId([8; 32]) };
        let written = device.written();
        assert_eq!(DueDevice::read(written.as_str().expect("text")), Ok(device));
        let note = NoteRef { registry: Principal::from_slice(&[1; 10]), note: NoteId(9) };
        assert_eq!(NoteRef::read(note.written().as_str().expect("text")), Ok(note));
        for text in ["", "7", "1/2", "1/2/3/4", "x/2/3", &format!("{}/x", written.as_str().expect("text"))] {
            assert!(DueDevice::read(text).is_err(), "{text}");
        }
        for text in ["", "7", "aaaaa-aa", "aaaaa-aa/x", "aaaaa-aa/1/2", "x/1"] {
            assert!(NoteRef::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn should_page_through_a_log_to_its_end_and_not_beyond() {
        let log: Vec<u64> = (1..=5).collect();
        let page = |after, limit: Option<u32>, all| {
            let page = Page { after, amount: Amount { limit, all } };
            let fetch = |from: Seq, limit: Option<u32>| {
                let limit = usize::try_from(limit.unwrap_or(3)).expect("small");
                Ok(log.iter().copied().filter(|entry| *entry >= from.0).take(limit).collect())
            };
            page.collect_log(|entry| Seq(*entry), fetch).expect("pages")
        };
        assert_eq!(page(None, None, false), (vec![1, 2, 3], Some(Seq(3))));
        assert_eq!(page(Some(Seq(3)), None, false), (vec![4, 5], None));
        assert_eq!(page(None, Some(5), false), (log.clone(), None), "a full page that is the last one");
        assert_eq!(page(None, Some(2), true), (log.clone(), None));
        assert_eq!(page(Some(Seq(5)), None, false), (vec![], None));
        assert_eq!(page(Some(Seq(u64::MAX)), None, true), (vec![], None));
    }
}
