//! Merges the JSON files of each language into one sorted table. Only the server carries all of them; a browser gets
//! the one it reads, as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-changed=build.rs");
    let mut code = String::new();
    for (name, tag) in [("EN", "en"), ("ZH_HANS", "zh-Hans"), ("ZH_HANT", "zh-Hant"), ("UK", "uk")] {
        let table = merge(&Path::new("locales").join(tag))?;
        let json = serde_json::to_string(&table)?;
        let hash = json.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        writeln!(code, "pub static {name}: &[(&str, &str)] = &[")?;
        for (key, text) in &table {
            writeln!(code, "    ({key:?}, {text:?}),")?;
        }
        writeln!(code, "];\npub static {name}_JSON: &str = {json:?};\npub static {name}_HASH: &str = \"{hash:016x}\";")?;
    }
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("tables.rs"), code)?;
    Ok(())
}

fn merge(folder: &Path) -> Result<BTreeMap<String, String>, Box<dyn std::error::Error>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        println!("cargo:rerun-if-changed={}", path.display());
        let table: BTreeMap<String, String> =
            serde_json::from_str(&std::fs::read_to_string(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
        for (key, text) in table {
            if all.insert(key.clone(), text).is_some() {
                return Err(format!("{}: the key {key} is already in another file", path.display()).into());
            }
        }
    }
    Ok(all)
}
