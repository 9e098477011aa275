//! Feeds as real registration systems send them, read by the real binary over real HTTP.
//!
//! Each fixture is configured, synced, compared and synced again: see `check_feed`.

use attendee_sync_tests::{Fixture, check_feed};

macro_rules! feeds {
    ($($behaviour:ident: $fixture:literal,)*) => {
        $(
            #[test]
            fn $behaviour() {
                check_feed($fixture);
            }
        )*

        #[test]
        fn every_fixture_is_played() {
            let mut found = Fixture::feeds();
            // Those are played by `presets.rs` and `examples.rs`.
            found.retain(|name| !name.starts_with("preset-") && !name.starts_with("example-"));
            let mut played = vec![$($fixture),*];
            played.sort_unstable();
            assert_eq!(found, played);
        }
    };
}

feeds! {
    relative_and_absolute_next_links_are_followed: "next-links",
    nested_people_are_read_page_by_page_to_the_declared_total: "nested-people",
    tickets_inside_orders_know_the_order_they_belong_to: "orders-with-tickets",
    group_names_fold_whatever_their_spacing_and_case: "group-lists",
    flag_that_is_neither_true_nor_false_erases_nobody: "delete-flags",
    bad_record_harms_only_itself: "warts",
    bare_array_behind_a_password_is_read: "bare-array",
    bracketed_page_parameters_and_a_named_token_scheme_work: "bracketed-pages",
    next_offset_follows_what_the_server_really_sent: "offset-cut-short",
    cursor_is_followed_to_an_empty_last_page: "cursor",
    links_in_the_header_are_followed: "link-header",
    one_record_a_line_is_read: "ndjson-stream",
    spreadsheet_with_quotes_and_a_byte_order_mark_is_read: "csv-export",
}
