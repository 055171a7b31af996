pragma circom 2.2.0;

include "node_modules/circomlib/circuits/bitify.circom";
include "credential.circom";

// The statement `credential_range` of docs/statements.md. Public signals, in this order: issuer_root, nullifier, context_tag, signal, scope,
// attribute_tag, low, high.
template CredentialRange(levels) {
    signal input context_tag;
    signal input bound_signal;
    signal input scope;
    signal input attribute_tag;
    signal input low;
    signal input high;

    signal input holder_secret;
    signal input value;
    signal input salt;
    signal input is_present[levels];
    signal input sibling_is_left[levels];
    signal input siblings[levels];

    signal output issuer_root;
    signal output nullifier;

    (issuer_root, nullifier) <== Attested(levels)(
        context_tag, bound_signal, scope, attribute_tag, holder_secret, value, salt, is_present, sibling_is_left, siblings
    );

    // All three below 2^64; of such numbers a difference in the field is below 2^64 if and only if it is not negative.
    _ <== Num2Bits(64)(value);
    _ <== Num2Bits(64)(low);
    _ <== Num2Bits(64)(high);
    _ <== Num2Bits(64)(value - low);
    _ <== Num2Bits(64)(high - value);
}

component main { public [context_tag, bound_signal, scope, attribute_tag, low, high] } = CredentialRange(8);
