//! Requests stay within SQS's limits, and nothing is lost.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::cloud::cutting::{MAX_ENTRIES, requests};
use crate::cloud::wire::MAX_BYTES;

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        4 => 0..3_000usize,
        3 => 80_000..130_000usize,
        2 => 400_000..700_000usize,
        1 => (MAX_BYTES - 2)..=MAX_BYTES,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_request_is_within_limits_and_nothing_is_lost(lengths in vec(length(), 0..60)) {
        let messages: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
        let requests = requests(messages.clone());
        for request in &requests {
            prop_assert!((1..=MAX_ENTRIES).contains(&request.len()));
            prop_assert!(request.iter().map(String::len).sum::<usize>() <= MAX_BYTES);
        }
        prop_assert!(requests.concat() == messages);
        // No request could have been one with the next.
        for pair in requests.windows(2) {
            let next = pair[1][0].len();
            let bytes = pair[0].iter().map(String::len).sum::<usize>() + next;
            prop_assert!(pair[0].len() == MAX_ENTRIES || bytes > MAX_BYTES);
        }
    }
}
