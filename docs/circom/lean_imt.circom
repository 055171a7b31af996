pragma circom 2.2.0;

include "node_modules/circomlib/circuits/poseidon.circom";

// The root that a path leads to in a LeanIMT of at most `levels` levels: see docs/statements.md. Levels at which a node has no
// sibling are left out of a path; what remains above it is filled up with levels that are not present.
template LeanImtRoot(levels) {
    signal input leaf;
    signal input is_present[levels];
    signal input sibling_is_left[levels];
    signal input siblings[levels];
    signal output root;

    signal nodes[levels + 1];
    signal exchanged[levels];
    signal parents[levels];
    nodes[0] <== leaf;
    for (var level = 0; level < levels; level++) {
        is_present[level] * (1 - is_present[level]) === 0;
        sibling_is_left[level] * (1 - sibling_is_left[level]) === 0;
        // An absent level has one form only.
        (1 - is_present[level]) * siblings[level] === 0;
        (1 - is_present[level]) * sibling_is_left[level] === 0;

        exchanged[level] <== sibling_is_left[level] * (siblings[level] - nodes[level]);
        parents[level] <== Poseidon(2)([nodes[level] + exchanged[level], siblings[level] - exchanged[level]]);
        nodes[level + 1] <== nodes[level] + is_present[level] * (parents[level] - nodes[level]);
    }
    root <== nodes[levels];
}
