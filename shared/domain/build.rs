//! Lists the preset files for `src/preset/built_in.rs`, so that adding a preset needs no more than
//! adding its file.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../presets");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path().canonicalize()?;
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    files.sort();
    let mut list = "const FILES: &[(&str, &str)] = &[\n".to_owned();
    for path in &files {
        // Debug formatting writes Rust text: it escapes the characters that a name or a path may
        // contain.
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = path
            .to_str()
            .ok_or("the path to the presets is not Unicode")?;
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push_str("];\n");
    let out = Path::new(&std::env::var("OUT_DIR")?).join("presets.rs");
    std::fs::write(out, list)?;
    Ok(())
}
