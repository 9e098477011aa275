//! Looks for an input that breaks the law `links`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| attendee_sync_laws::links(input));
