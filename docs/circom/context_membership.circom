pragma circom 2.2.0;

include "node_modules/circomlib/circuits/poseidon.circom";
include "lean_imt.circom";

// The statement `context_membership` of docs/statements.md: "I own one of the leaves of this tree, and this is my nullifier in this
// scope". Public signals, in this order: root, nullifier, context_tag, signal, scope.
template ContextMembership(levels) {
    signal input context_tag;
    signal input bound_signal;
    signal input scope;

    signal input content_tag;
    signal input owner_secret;
    signal input salt;
    signal input is_present[levels];
    signal input sibling_is_left[levels];
    signal input siblings[levels];

    signal output root;
    signal output nullifier;

    signal leaf <== Poseidon(4)([context_tag, content_tag, owner_secret, salt]);
    root <== LeanImtRoot(levels)(leaf, is_present, sibling_is_left, siblings);
    nullifier <== Poseidon(2)([owner_secret, scope]);

    // The signal is in no other constraint; squared, it is bound whatever compiler and set-up leave out.
    signal bound_square <== bound_signal * bound_signal;
}

component main { public [context_tag, bound_signal, scope] } = ContextMembership(8);
