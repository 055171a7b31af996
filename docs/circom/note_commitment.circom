pragma circom 2.2.0;

include "node_modules/circomlib/circuits/poseidon.circom";

// The statement `note_commitment` of docs/statements.md: "I know the opening of this commitment, it is bound to this
// context, and this is its nullifier". Public signals, in this order: commitment, nullifier, context_tag, signal.
template NoteCommitment() {
    signal input context_tag;
    signal input bound_signal;

    signal input content_tag;
    signal input owner_secret;
    signal input salt;

    signal output commitment;
    signal output nullifier;

    commitment <== Poseidon(4)([context_tag, content_tag, owner_secret, salt]);
    nullifier <== Poseidon(2)([owner_secret, Poseidon(2)([context_tag, content_tag])]);

    // The signal is in no other constraint; squared, it is bound whatever compiler and set-up leave out.
    signal bound_square <== bound_signal * bound_signal;
}

component main { public [context_tag, bound_signal] } = NoteCommitment();
