pragma circom 2.2.0;

include "node_modules/circomlib/circuits/poseidon.circom";
include "lean_imt.circom";

// What `credential_range` and `credential_set` of docs/statements.md have in common: an issuer put this value of this attribute, of the
// nullifier's holder, into its tree.
template Attested(levels) {
    signal input context_tag;
    signal input bound_signal;
    signal input scope;
    signal input attribute_tag;

    signal input holder_secret;
    signal input value;
    signal input salt;
    signal input is_present[levels];
    signal input sibling_is_left[levels];
    signal input siblings[levels];

    signal output issuer_root;
    signal output nullifier;

    signal holder_id <== Poseidon(2)([holder_secret, HOLDER_TAG()]);
    signal leaf <== Poseidon(4)([holder_id, attribute_tag, value, salt]);
    issuer_root <== LeanImtRoot(levels)(leaf, is_present, sibling_is_left, siblings);
    nullifier <== Poseidon(2)([holder_secret, Poseidon(2)([scope, attribute_tag])]);

    // These are in no other constraint; squared, they are bound whatever compiler and set-up leave out.
    signal context_square <== context_tag * context_tag;
    signal bound_square <== bound_signal * bound_signal;
}

// h248("calisec.holder.v1\0") and h248("calisec.set.v1\0"): constants, or a prover would choose who the holder is.
function HOLDER_TAG() { return 424360688973403593901221011893486538282556665009533663157034501261904156658; }
function SET_TAG() { return 444951624757304263094804620685504435953189728598679764515721319184655469652; }
