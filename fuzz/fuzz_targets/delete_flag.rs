//! Looks for an input that breaks the law `delete_flag`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| attendee_sync_laws::delete_flag(input));
