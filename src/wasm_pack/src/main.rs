//! Finishes a canister module: embeds its interface and the git commit, drops names, compresses.

use anyhow::{Context, Result, bail};
use candid::pretty::candid::pp_init_args;
use candid::types::TypeInner;
use candid_parser::utils::CandidSource;
use clap::Parser;
use flate2::{Compression, GzBuilder};
use std::borrow::Cow;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{Parser as WasmParser, Payload};

/// Embeds Candid interface and git commit in a canister module, drops debug names, and compresses it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The module as the compiler wrote it.
    input: PathBuf,
    /// Where to write the finished module (gzip).
    output: PathBuf,
    /// Its Candid interface.
    #[arg(long)]
    candid: PathBuf,
    /// The commit it was built from.
    #[arg(long)]
    commit: String,
    /// A directory of this machine that the module must not name; may be repeated.
    #[arg(long)]
    absent: Vec<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let wasm = fs::read(&arguments.input).with_context(|| format!("cannot read {}", arguments.input.display()))?;
    if let Some(path) = named(&wasm, &arguments.absent) {
        bail!("{} names {path}: built elsewhere it would be another module", arguments.input.display());
    }
    let interface = Interface::read(&arguments.candid)?;
    let module = pack(&wasm, &interface, &arguments.commit)?;
    let compressed = compress(&module)?;
    fs::write(&arguments.output, &compressed)
        .with_context(|| format!("cannot write {}", arguments.output.display()))?;
    println!("{}: {} KiB, {} KiB compressed", arguments.output.display(), module.len() / 1024, compressed.len() / 1024);
    Ok(())
}

/// What Candid UI and dfx read from a module.
struct Interface {
    /// `candid:service`: the interface with its comments.
    service: String,
    /// `candid:args`: the types of the install argument.
    args: String,
}

impl Interface {
    fn read(path: &Path) -> Result<Self> {
        let service = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let (env, actor) = CandidSource::File(path).load().with_context(|| format!("in {}", path.display()))?;
        let args = match actor.as_ref().map(AsRef::as_ref) {
            Some(TypeInner::Class(args, _)) => pp_init_args(&env, args).pretty(80).to_string(),
            Some(TypeInner::Service(_)) => "()".to_owned(),
            _ => bail!("{} declares no service", path.display()),
        };
        Ok(Self { service, args })
    }
}

/// The first of `paths` that occurs in a module.
fn named<'a>(wasm: &[u8], paths: &'a [String]) -> Option<&'a String> {
    paths.iter().find(|path| wasm.windows(path.len().max(1)).any(|bytes| bytes == path.as_bytes()))
}

/// The module with public metadata sections and without any other custom section.
fn pack(wasm: &[u8], interface: &Interface, commit: &str) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in WasmParser::new(0).parse_all(wasm) {
        let payload = payload.context("the compiler's output is no wasm module")?;
        if matches!(payload, Payload::CustomSection(_)) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data = wasm.get(range).context("a section reaches past the end of the module")?;
            module.section(&RawSection { id, data });
        }
    }
    for (name, text) in
        [("candid:service", interface.service.as_str()), ("candid:args", &interface.args), ("git:commit", commit)]
    {
        let name = Cow::Owned(format!("icp:public {name}"));
        module.section(&CustomSection { name, data: Cow::Borrowed(text.as_bytes()) });
    }
    Ok(module.finish())
}

/// Gzip without a time stamp, so that equal input gives equal output.
fn compress(module: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(module)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::{Interface, compress, named, pack};
    use wasmparser::{Parser, Payload};

    fn sections(wasm: &[u8]) -> Vec<(String, Vec<u8>)> {
        Parser::new(0)
            .parse_all(wasm)
            .filter_map(|payload| match payload.expect("valid") {
                Payload::CustomSection(section) => Some((section.name().to_owned(), section.data().to_vec())),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn should_embed_metadata_and_drop_names() {
        let wasm = wat::parse_str(r#"(module $named (func $f (export "canister_init")))"#).expect("valid text");
        assert!(sections(&wasm).iter().any(|(name, _)| name == "name"));
        let interface = Interface { service: "service : {}".into(), args: "()".into() };
        let packed = pack(&wasm, &interface, "0123abcd").expect("packs");
        let expected = [
            ("icp:public candid:service".to_owned(), b"service : {}".to_vec()),
            ("icp:public candid:args".to_owned(), b"()".to_vec()),
            ("icp:public git:commit".to_owned(), b"0123abcd".to_vec()),
        ];
        assert_eq!(sections(&packed), expected);
        wasmparser::validate(&packed).expect("still a module");
        assert_eq!(compress(&packed).expect("compresses"), compress(&packed).expect("compresses"));
    }

    #[test]
    fn should_notice_when_a_module_names_a_directory_of_this_machine() {
        let module = |path: &str| {
            let text = format!(r#"(module (memory 1) (data (i32.const 0) "{path}/src/lib.rs"))"#);
            wat::parse_str(text).expect("valid text")
        };
        let paths = ["/home/me/calisec".to_owned(), "/home/me/.cargo".to_owned()];
        assert_eq!(named(&module("/home/me/.cargo"), &paths), Some(&paths[1]));
        assert_eq!(named(&module("/cargo"), &paths), None);
    }

    #[test]
    fn should_refuse_what_is_no_module() {
        let interface = Interface { service: String::new(), args: String::new() };
        assert!(pack(b"\0asm\x01\0\0\0\x07truncated", &interface, "").is_err());
    }
}
