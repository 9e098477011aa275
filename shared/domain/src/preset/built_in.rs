//! The presets that are part of the program: `build.rs` embeds the files in `shared/presets`.

include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// Returns name and text of each preset, in the order of their names.
#[must_use]
pub fn built_in() -> &'static [(&'static str, &'static str)] {
    FILES
}
