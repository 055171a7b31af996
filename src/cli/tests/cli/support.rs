//! Runs the real binary.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A person with a directory: configuration, keys and an engine.
pub struct Desk {
    directory: TempDir,
}

/// What a process said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    /// Empty.
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// With an engine and an identity: a copy, since starting an engine is the slowest of all.
    pub fn with_engine() -> Self {
        static FIRST: OnceLock<Desk> = OnceLock::new();
        FIRST.get_or_init(Self::with_new_engine).copy()
    }

    /// With an engine and an identity that nobody else has.
    pub fn with_new_engine() -> Self {
        let desk = Self::new();
        desk.json(&["identity", "new"]);
        desk.json(&["engine", "start"]);
        desk
    }

    /// The same files in another directory.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        copy_all(self.directory.path(), copy.directory.path());
        copy
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("a file is written");
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_calisec"));
        command.args(arguments);
        self.prepare(command)
    }

    /// A program that runs here, with nothing of whoever runs the tests.
    pub fn prepare(&self, mut command: Command) -> Command {
        command
            .current_dir(self.directory.path())
            .env("CALISEC_CONFIG_DIR", self.path("config"))
            .env_remove("CALISEC_IDENTITY")
            .env_remove("CALISEC_STATE")
            .stdin(Stdio::null());
        command
    }

    /// Runs it.
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().expect("the program runs"))
    }

    /// Runs it with `--json`, which must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", said.out))
    }

    /// Runs it with `--json`, which must fail with this exit code; answers the error.
    pub fn refused(&self, code: i32, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        let answer: Value =
            serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", said.out));
        let kinds = ["", "Internal", "Usage", "Request", "Temporary", "Setup", "No"];
        assert_eq!(answer["error"]["kind"], kinds[usize::try_from(code).expect("a small code")], "{answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
        answer["error"].clone()
    }

    /// A new identity in a file: the file's name, and what `identity show` says of it.
    pub fn person(&self, name: &str) -> Person {
        let file = format!("{name}.pem");
        let shown = self.json(&["identity", "new", "--out", &file]);
        let field = |name: &str| shown[name].as_str().expect("text").to_owned();
        Person { account: field("account"), principal: field("principal"), kem_key: field("kem_key"), file }
    }

    /// A registered context, administered by the default identity.
    pub fn context(&self) -> String {
        let key = self.person("context");
        let context = self.json(&["context", "register", "--key", &key.file]);
        assert_eq!(context["id"], key.account.as_str());
        key.account
    }

    pub fn add(&self, context: &str, person: &Person, role: &str) {
        self.json(&[
            "member",
            "add",
            context,
            "--account",
            &person.account,
            "--kem-key",
            &person.kem_key,
            "--role",
            role,
        ]);
    }

    /// Every file of the engine, to find out whether anything changed.
    pub fn engine(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.path(".calisec"), &mut files);
        files.sort();
        files
    }
}

/// An identity in a file.
pub struct Person {
    pub file: String,
    pub account: String,
    pub principal: String,
    pub kem_key: String,
}

pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// With the permissions, which matter for keys.
fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("a directory is made");
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file is copied");
        }
    }
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.clone(), fs::read(&path).expect("a file is read")));
        }
    }
}
