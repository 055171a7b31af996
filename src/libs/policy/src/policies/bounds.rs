//! What evaluating a policy may take.
//!
//! Most of Cedar's operators take work in proportion to the text that they are written with, and the length of that is
//! bounded. Those that could take more are bounded here, so that the dearest set that is accepted has a known price.

use super::{MAX_PATTERN_CHARS, MAX_POLICY_NAME_BYTES, MAX_STRING_BYTES, shortened};
use cedar_policy::Policy;
use cedar_policy_core::ast::{self, Expr, ExprKind, Literal};

/// Refuses a policy with a name, a string or a pattern that is too long, or with a function of an extension.
///
/// # Errors
/// Why it is refused, with the limit and what to write instead.
pub fn check(policy: &Policy) -> Result<(), String> {
    if let Some(name) = policy.annotation("id").filter(|name| name.len() > MAX_POLICY_NAME_BYTES) {
        return Err(format!(
            "the name {}... has {} bytes: {MAX_POLICY_NAME_BYTES} are accepted; say the rest in a comment",
            &name[..name.floor_char_boundary(MAX_POLICY_NAME_BYTES)],
            name.len()
        ));
    }
    let policy: &ast::Policy = policy.as_ref();
    policy.non_scope_constraints().into_iter().flat_map(Expr::subexpressions).try_for_each(check_one)
}

fn check_one(expression: &Expr) -> Result<(), String> {
    match expression.expr_kind() {
        ExprKind::Lit(Literal::String(text)) if text.len() > MAX_STRING_BYTES => Err(format!(
            "a string has {} bytes: {MAX_STRING_BYTES} are accepted; no fact that is a text has more",
            text.len()
        )),
        // Matching takes as many steps as the text has characters, times those of the pattern.
        ExprKind::Like { pattern, .. } if pattern.get_elems().len() > MAX_PATTERN_CHARS => Err(format!(
            "a pattern of `like` has {} characters: {MAX_PATTERN_CHARS} are accepted; no fact that is a text has more",
            pattern.get_elems().len()
        )),
        // No fact is of an extension's type. What they are good for is computing numbers, which would hide when a comparison with
        // the time comes out otherwise.
        ExprKind::ExtensionFunctionApp { fn_name, .. } => Err(shortened(&format!(
            "`{fn_name}` is not accepted: no fact is an address, a decimal, a date or a duration; write times as numbers, \
             in seconds since 1970"
        ))),
        _ => Ok(()),
    }
}
