//! Secret notes as ICRC-7 tokens, their ciphertexts and key envelopes.
