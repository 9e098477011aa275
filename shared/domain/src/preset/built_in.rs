//! The presets that come with the program: the files in `shared/presets`, put in by `build.rs`.

include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// Name and text of each, in the order of their names.
#[must_use]
pub fn built_in() -> &'static [(&'static str, &'static str)] {
    FILES
}
