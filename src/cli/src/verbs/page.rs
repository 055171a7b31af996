//! Lists: which part of one is wanted, and how it is shown.

use crate::failure::Failure;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{
    AccountId, ApplicationRevision, CircuitId, ContextId, Digest32, GrantId, Height, NoteId, ProposalId, ReceiptId,
    RoundId, Seq,
};
use candid::Principal;
use serde::Serialize;

/// What a list can be continued after: the `next` of the page before.
pub trait Cursor: Clone + Serialize + Send + Sync + 'static {
    /// From what a person types, or says what is wrong with it.
    fn read(text: &str) -> Result<Self, String>;
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
        Ok(Answer::page(name, &items, next.as_ref()))
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
