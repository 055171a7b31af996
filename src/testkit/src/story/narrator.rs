//! Who the story is told to.

use crate::backend::Cost;

/// A step that went as it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub actor: &'static str,
    /// Doing what.
    pub title: &'static str,
    /// What came of it; for a refusal the typed error.
    pub detail: String,
    /// Whether it was tried in order to be refused.
    pub refused: bool,
    /// What it cost; `None` where the network does not tell.
    pub cost: Option<Cost>,
}

/// Who the story is told to.
pub trait Narrator {
    /// A step begins; it may take a moment.
    fn begins(&mut self, actor: &'static str, title: &'static str);
    /// A step went as it must.
    fn told(&mut self, told: &Told);
}

/// Nobody: tests look at the ending.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Narrator for Silent {
    fn begins(&mut self, _: &'static str, _: &'static str) {}
    fn told(&mut self, _: &Told) {}
}

impl<N: Narrator + ?Sized> Narrator for &mut N {
    fn begins(&mut self, actor: &'static str, title: &'static str) {
        (**self).begins(actor, title);
    }
    fn told(&mut self, told: &Told) {
        (**self).told(told);
    }
}
