use super::{GroupFacts, group_state_hash, in_order};
use crate::test_fixtures::vectors;
use calisec_types::ids::{AccountId, ApplicationId, Digest32, GroupId};
use calisec_types::membership::{GroupRole, ListedMember, calimero_account};
use serde_json::Value;

fn listed(seed: u8, role: GroupRole) -> ListedMember {
    ListedMember { account: Digest32([seed; 32]), role }
}

#[test]
fn should_have_the_hash_that_a_live_node_shows() {
    let node = vectors("live_node.json");
    let text = |field: &str| node[field].as_str().expect("text").to_owned();
    let account: Digest32 = text("account_hex").parse().expect("hex");
    let facts = GroupFacts {
        group: text("group_id_hex").parse().expect("a group"),
        admin_account: account,
        owner_account: account,
        target_application: text("target_application_id_bs58").parse().expect("an application"),
    };
    let members = [ListedMember { account, role: GroupRole::Admin }];
    assert_eq!(group_state_hash(&facts, &members).to_string(), text("group_state_hash_hex"));
    let member = [ListedMember { role: GroupRole::Member, ..members[0] }];
    assert_ne!(group_state_hash(&facts, &member), group_state_hash(&facts, &members));
}

#[test]
fn should_call_an_account_what_a_live_node_calls_the_one_of_its_root_key() {
    let identity = &vectors("live_node.json")["admin_api"]["GET /admin-api/identity"]["data"];
    let of = |field: &str| identity[field].as_str().expect("text").parse::<Digest32>().expect("hex");
    let root = of("accountRootPublicKey");
    assert_eq!(calimero_account(AccountId(root.0)), of("accountId"));
    let another = AccountId(std::array::from_fn(|at| root.0[at] ^ u8::from(at == 31)));
    assert_ne!(calimero_account(another), of("accountId"));
}

/// Three members, computed apart from this code from the format of Calimero's source.
#[test]
fn should_have_the_hash_of_the_constructed_vector() {
    let vector = &vectors("ownership_and_groupstate.json")["group_state_hash"];
    let id = |value: &Value| value.as_str().expect("text").parse::<Digest32>().expect("hex").0;
    let facts = GroupFacts {
        group: GroupId(id(&vector["group_id"])),
        admin_account: Digest32(id(&vector["admin_account"])),
        owner_account: Digest32(id(&vector["owner_account"])),
        target_application: ApplicationId(id(&vector["target_application_id"])),
    };
    let roles = [GroupRole::Admin, GroupRole::Member, GroupRole::ReadOnly, GroupRole::ReadOnlyTee];
    let member = |member: &Value| ListedMember {
        account: Digest32(id(&member["account"])),
        role: roles[usize::try_from(member["role_byte"].as_u64().expect("a byte")).expect("small")],
    };
    let members = vector["members_sorted"].as_array().expect("members").iter().rev().map(member).collect();
    let members = in_order(members).expect("in order");
    assert_eq!(group_state_hash(&facts, &members).0, id(&vector["sha256"]));
}

#[test]
fn should_not_depend_on_the_order_of_the_list() {
    let one = in_order(vec![listed(2, GroupRole::Admin), listed(1, GroupRole::ReadOnlyTee)]).expect("in order");
    let other = in_order(vec![listed(1, GroupRole::ReadOnlyTee), listed(2, GroupRole::Admin)]).expect("in order");
    assert_eq!(one, other);
    assert_eq!(one[0], listed(1, GroupRole::ReadOnlyTee));
    let twice = in_order(vec![listed(1, GroupRole::Admin), listed(2, GroupRole::Admin), listed(1, GroupRole::Member)]);
    assert_eq!(twice, Err(Digest32([1; 32])));
}
