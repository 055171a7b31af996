//! The network's state as a certified tree. Source: interface specification, "The system state tree".

use super::Network;
use super::canister::Canister;
use crate::certification::{Labeled, MessageId, Path, leb128, to_self_described_cbor};
use candid::Principal;
use serde_bytes::Bytes;

const REQUEST_STATUS: &[u8] = b"request_status";

impl Network {
    /// The certificate a non-replicated query of `canister` may read: its certified data and the time.
    pub fn data_certificate(&mut self, canister: Principal) -> Vec<u8> {
        let path = vec![b"canister".to_vec(), canister.as_slice().to_vec(), b"certified_data".to_vec()];
        self.read_state(&[path])
    }

    /// A certificate for any paths of the state tree, as the `read_state` endpoint gives; `time` is always included.
    ///
    /// Unlike the endpoint it asks for no authority: the tree of a test network has no secrets.
    pub fn read_state(&mut self, paths: &[Path]) -> Vec<u8> {
        let mut paths = paths.to_vec();
        paths.push(vec![b"time".to_vec()]);
        let witness = self.state_tree(&paths).witness(&paths);
        self.root_key.certify(witness)
    }

    /// A certificate for the status of an ingress message: how agents read the answer of an update.
    pub fn request_status_certificate(&mut self, id: MessageId) -> Vec<u8> {
        self.read_state(&[vec![REQUEST_STATUS.to_vec(), id.0.to_vec()]])
    }

    fn state_tree(&mut self, paths: &[Path]) -> Labeled {
        let mut tree = Labeled::empty();
        tree.insert([b"time"], Labeled::Leaf(leb128(self.time_ns)));
        for canister in self.canisters.values() {
            tree.insert([b"canister", canister.id.as_slice()], canister_tree(canister));
        }
        let statuses: Vec<&Path> =
            paths.iter().filter(|path| path.first().is_some_and(|label| label == REQUEST_STATUS)).collect();
        tree.insert([REQUEST_STATUS], self.ingress.tree(&statuses));
        let subnet = self.subnet_id.as_slice();
        let (first, last) = self.canister_range();
        let ranges = to_self_described_cbor(&[(Bytes::new(first.as_slice()), Bytes::new(last.as_slice()))]);
        tree.insert([b"subnet", subnet, b"public_key"], Labeled::Leaf(self.root_key.der().to_vec()));
        let (node, node_key) = (self.node_key.id(), Labeled::Leaf(self.node_key.der().to_vec()));
        tree.insert([b"subnet", subnet, b"node", node.as_slice(), b"public_key"], node_key);
        tree.insert([b"subnet", subnet, b"canister_ranges"], Labeled::Leaf(ranges.clone()));
        tree.insert([b"canister_ranges", subnet, first.as_slice()], Labeled::Leaf(ranges));
        tree
    }
}

fn canister_tree(canister: &Canister) -> Labeled {
    let mut tree = Labeled::empty();
    let controllers: Vec<&Bytes> =
        canister.settings.controllers.iter().map(|controller| Bytes::new(controller.as_slice())).collect();
    tree.insert([b"controllers"], Labeled::Leaf(to_self_described_cbor(&controllers)));
    let Some(state) = &canister.state else { return tree };
    let module = state.module();
    tree.insert([b"certified_data"], Labeled::Leaf(canister.certified_data.clone()));
    tree.insert([b"module_hash"], Labeled::Leaf(module.hash().to_vec()));
    for (name, _, content) in module.custom_sections() {
        tree.insert([b"metadata", name.as_bytes()], Labeled::Leaf(content.to_vec()));
    }
    tree
}
