pragma circom 2.2.0;

include "credential.circom";

// The statement `credential_set` of docs/statements.md. Public signals, in this order: issuer_root, nullifier, context_tag, signal, scope,
// attribute_tag, set_root.
template CredentialSet(levels, set_levels) {
    signal input context_tag;
    signal input bound_signal;
    signal input scope;
    signal input attribute_tag;
    signal input set_root;

    signal input holder_secret;
    signal input value;
    signal input salt;
    signal input is_present[levels];
    signal input sibling_is_left[levels];
    signal input siblings[levels];
    signal input is_present_in_set[set_levels];
    signal input sibling_is_left_in_set[set_levels];
    signal input siblings_in_set[set_levels];

    signal output issuer_root;
    signal output nullifier;

    (issuer_root, nullifier) <== Attested(levels)(
        context_tag, bound_signal, scope, attribute_tag, holder_secret, value, salt, is_present, sibling_is_left, siblings
    );
    signal leaf_of_set <== Poseidon(2)([SET_TAG(), value]);
    signal root_of_set <== LeanImtRoot(set_levels)(leaf_of_set, is_present_in_set, sibling_is_left_in_set, siblings_in_set);
    root_of_set === set_root;
}

component main { public [context_tag, bound_signal, scope, attribute_tag, set_root] } = CredentialSet(8, 3);
