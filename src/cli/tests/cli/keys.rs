//! Identities and keys in files.

use crate::support::{Desk, said};
use std::fs;
use std::io::Write;
use std::process::Stdio;

#[cfg(unix)]
#[test]
fn should_keep_secrets_from_others() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let person = desk.person("alice");
    let path = desk.path(&person.file);
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
    let refused = desk.refused(5, &["identity", "show", "--identity", "alice.pem"]);
    assert!(refused["message"].as_str().expect("text").contains("chmod 600"), "{refused}");
}

#[test]
fn should_never_print_a_secret_or_overwrite_a_key() {
    let desk = Desk::new();
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    desk.write("seed.txt", seed);
    let imported = desk.run(&["identity", "import", "seed.txt", "--out", "a.pem", "--json"]);
    // RFC 8032, 7.1, test 1.
    assert!(imported.out.contains("FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z"), "{imported:?}");
    for said in [imported, desk.run(&["identity", "show", "--identity", "a.pem"])] {
        assert!(!said.out.contains(&seed[..16]) && !said.err.contains(&seed[..16]), "{said:?}");
    }
    let before = fs::read(desk.path("a.pem")).expect("read");
    desk.refused(2, &["identity", "new", "--out", "a.pem"]);
    desk.refused(2, &["identity", "import", "seed.txt", "--out", "a.pem"]);
    assert_eq!(fs::read(desk.path("a.pem")).expect("read"), before);
}

#[test]
fn should_take_a_key_from_standard_input_and_the_identity_from_the_environment() {
    let desk = Desk::new();
    let person = desk.person("alice");
    let pem = fs::read(desk.path(&person.file)).expect("read");
    let mut import = desk
        .command(&["identity", "import", "-", "--out", "copy.pem", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    import.stdin.take().expect("piped").write_all(&pem).expect("written");
    assert_eq!(said(import.wait_with_output().expect("ends")).code, 0);
    let shown = desk.command(&["identity", "show", "--json"]).env("CALISEC_IDENTITY", "copy.pem").output();
    assert!(said(shown.expect("runs")).out.contains(&person.account));
}

#[test]
fn should_make_keys_once() {
    let desk = Desk::new();
    let made = desk.run(&["keys", "--out", "keys"]);
    assert_eq!((made.code, made.out.trim().len()), (0, 64), "{made:?}");
    let again = desk.refused(2, &["keys", "--out", "keys"]);
    assert!(again["message"].as_str().expect("text").contains("never overwritten"), "{again}");
}
