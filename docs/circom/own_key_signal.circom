pragma circom 2.2.0;

include "node_modules/@semaphore-protocol/circuits/src/semaphore.circom";

// The statement `anonymous_signal` of docs/statements.md with a key of one's own: Semaphore's circuit, for groups of 8 levels. Public
// signals, in this order: root, nullifier, H(message), H(scope).
component main { public [message, scope] } = Semaphore(8);
