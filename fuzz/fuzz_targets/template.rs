//! Looks for an input that breaks the law `template`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| attendee_sync_laws::template(input));
