// usage: node input.mjs claim.json > input.json
// The private and public inputs of note_commitment.circom, from what a submission says. See docs/statements.md.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const claim = JSON.parse(readFileSync(process.argv[2], "utf8"));
const hex = (text) => Buffer.from(text, "hex");

// SHA-256, shifted right by 8 bits: always below the modulus.
const h248 = (...parts) => BigInt("0x" + createHash("sha256").update(Buffer.concat(parts)).digest("hex")) >> 8n;

// The bytes of a principal: base32 without padding, after four bytes of checksum.
function principal(text) {
  let bits = "";
  for (const letter of text.replaceAll("-", "")) {
    bits += "abcdefghijklmnopqrstuvwxyz234567".indexOf(letter).toString(2).padStart(5, "0");
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2))).subarray(4);
}

const len8 = (bytes) => Buffer.concat([Buffer.from([bytes.length]), bytes]);
const len16 = (bytes) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);

const signal = h248(
  Buffer.from("calisec.domain.v1\0"),
  hex(claim.network_root_key_hash),
  len8(principal(claim.proof_verifier)),
  hex(claim.context_id),
  len8(principal(claim.consumer)),
  len8(principal(claim.submitter)),
  len16(Buffer.from(claim.purpose)),
);
console.log(
  JSON.stringify({
    context_tag: h248(Buffer.from("calisec.context.v1\0"), hex(claim.context_id)).toString(),
    bound_signal: signal.toString(),
    content_tag: h248(Buffer.from("calisec.content.v1\0"), hex(claim.content_hash)).toString(),
    owner_secret: claim.owner_secret,
    salt: claim.salt,
  }),
);
