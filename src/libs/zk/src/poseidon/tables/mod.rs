//! Generated constants; see the parent module for how.

mod width_3;
mod width_5;

pub(super) use self::{width_3::WIDTH_3, width_5::WIDTH_5};

use super::limbs::Constant;

/// Short, because it is written hundreds of times.
const fn c(limbs: [u32; 9]) -> Constant {
    Constant::new(limbs)
}
