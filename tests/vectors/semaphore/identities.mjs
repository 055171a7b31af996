// Writes identities.json: what Semaphore's own library makes of identities and groups.
//   npm install @semaphore-protocol/identity@4.14.3 @semaphore-protocol/group@4.14.3
//   node identities.mjs > identities.json
import { Group } from "@semaphore-protocol/group";
import { Identity } from "@semaphore-protocol/identity";

const decimal = (_, value) => (typeof value === "bigint" ? value.toString() : value);

const identities = [0, 1, 2, 3, 4, 5, 6, 7].map((member) => new Identity(`member-${member}`));
const groups = [1, 2, 5, 8].map((size) => {
  const group = new Group(identities.slice(0, size).map(({ commitment }) => commitment));
  const proofs = group.members.map((_, member) => {
    const { index, siblings } = group.generateMerkleProof(member);
    return { index, siblings };
  });
  return { depth: group.depth, root: group.root, proofs };
});
const described = identities.map(({ privateKey, secretScalar, publicKey, commitment }) => {
  return { private_key: privateKey, secret_scalar: secretScalar, public_key: publicKey, commitment };
});
console.log(JSON.stringify({ identities: described, groups }, decimal, 1));
