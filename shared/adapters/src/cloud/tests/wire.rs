//! Orders and batch messages as texts of messages.

use std::io::Write;

use attendee_sync_app::SyncScope;
use attendee_sync_app::ports::RunCommand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;

use super::samples::{batch_message, crowd};
use crate::cloud::wire::{
    MAX_BYTES, MAX_INFLATED, Poison, about, batch_of_message, due_text, message_text, order_of,
    order_text,
};

fn orders() -> Vec<RunCommand> {
    vec![
        RunCommand::Due {
            event: "devcon-2026".parse().unwrap(),
        },
        RunCommand::Sync {
            run: "devcon.7".parse().unwrap(),
            scope: SyncScope::Everyone,
        },
        RunCommand::Sync {
            run: "devcon.7".parse().unwrap(),
            scope: SyncScope::One("jo@example.org".parse().unwrap()),
        },
        RunCommand::Continue {
            run: "devcon.7".parse().unwrap(),
            checkpoint_number: 2,
        },
        RunCommand::Approval {
            run: "devcon.7".parse().unwrap(),
        },
        RunCommand::Dispatch {
            event: "devcon".parse().unwrap(),
            waited: 0,
        },
    ]
}

fn packed(bytes: &[u8]) -> String {
    let mut packing = DeflateEncoder::new(Vec::new(), Compression::best());
    packing.write_all(bytes).unwrap();
    let packed = STANDARD_NO_PAD.encode(packing.finish().unwrap());
    format!("parcel.1.{packed}")
}

#[test]
fn an_order_is_the_json_that_schedules_send_too() {
    let event = "devcon-2026".parse().unwrap();
    let text = r#"{"do":"due","event":"devcon-2026"}"#;
    assert_eq!(due_text(&event).unwrap(), text);
    assert_eq!(order_of(text), Ok(RunCommand::Due { event }));
    for order in orders() {
        assert_eq!(order_of(&order_text(&order).unwrap()), Ok(order));
    }
}

#[test]
fn a_parcel_comes_out_as_it_went_in() {
    for batch_message in [batch_message(1, 0), crowd(3, 100, 80)] {
        assert_eq!(
            batch_of_message(&message_text(&batch_message).unwrap()),
            Ok(batch_message)
        );
    }
}

#[test]
fn a_hundred_people_take_about_20_kilobytes() {
    let bytes = message_text(&crowd(1, 100, 40)).unwrap().len();
    assert!((8_000..24_000).contains(&bytes), "{bytes}");
}

#[test]
fn a_parcel_that_no_message_holds_is_refused_by_its_batch() {
    let mut repeating = batch_message(7, 3);
    repeating.batch.ignored = vec![0; MAX_INFLATED / 2];
    let large = crowd(3, 10, 200_000);
    for (batch_message, limit) in [(large, MAX_BYTES), (repeating, MAX_INFLATED)] {
        let error = message_text(&batch_message).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains("batch 3 of run devcon.7 has"), "{told}");
        assert!(told.contains(&limit.to_string()), "{told}");
        assert!(!told.contains('@'), "{told}");
    }
}

#[test]
fn what_is_no_message_of_ours_is_poison_and_is_not_repeated() {
    let secret = "jo@example.org";
    for (body, expected) in [
        (String::new(), Poison::Order { column: 0 }),
        (secret.to_owned(), Poison::Order { column: 1 }),
        (
            format!(r#"{{"do":"due","event":"{secret}"}}"#),
            Poison::Order { column: 0 },
        ),
        (
            format!(r#"{{"do":"{secret}"}}"#),
            Poison::Order { column: 0 },
        ),
    ] {
        let poison = order_of(&body).unwrap_err();
        assert!(matches!(poison, Poison::Order { .. }), "{body}: {poison}");
        assert!(!poison.to_string().contains(secret), "{poison}");
        if let (Poison::Order { column: 1 }, Poison::Order { column }) = (expected, poison) {
            assert_eq!(column, 1, "{body}");
        }
        assert_eq!(about(&body), "a message that cannot be read");
    }
    let whole = message_text(&crowd(3, 10, 10)).unwrap();
    for (body, expected) in [
        (String::new(), Poison::Form),
        (secret.to_owned(), Poison::Form),
        (whole.replace("parcel.1.", "parcel.2."), Poison::Form),
        (format!("parcel.1.{secret}"), Poison::Damaged),
        (whole[..whole.len() / 2].to_owned(), Poison::Damaged),
        (packed(b"null"), Poison::Batch { column: 4 }),
        (packed(&vec![b' '; MAX_INFLATED + 1]), Poison::TooLong),
    ] {
        let poison = batch_of_message(&body).unwrap_err();
        assert_eq!(poison, expected);
        assert!(!poison.to_string().contains(secret), "{poison}");
        assert_eq!(about(&body), "a message that cannot be read");
    }
    let named = format!(r#"{{"community":"{secret}"}}"#);
    let poison = batch_of_message(&packed(named.as_bytes())).unwrap_err();
    assert!(matches!(poison, Poison::Batch { .. }));
    assert!(!format!("{poison} {poison:?}").contains(secret));
}

#[test]
fn a_message_is_described_without_naming_anybody() {
    let told: Vec<String> = orders()
        .iter()
        .map(|order| about(&order_text(order).unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "the scheduled sync of devcon-2026",
            "the start of run devcon.7",
            "the start of run devcon.7",
            "the continuation of run devcon.7",
            "the approved changes of run devcon.7",
            "the invitations of devcon",
        ]
    );
    let batch_message = message_text(&crowd(3, 2, 10)).unwrap();
    assert_eq!(about(&batch_message), "batch 3 of run devcon.7");
}

proptest! {
    #[test]
    fn no_text_makes_decoding_panic(text in ".{0,200}") {
        let _ = order_of(&text);
        let _ = batch_of_message(&text);
        let _ = batch_of_message(&format!("parcel.1.{text}"));
    }

    #[test]
    fn no_bytes_make_inflating_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = batch_of_message(&format!("parcel.1.{}", STANDARD_NO_PAD.encode(&bytes)));
        let _ = batch_of_message(&packed(&bytes));
    }
}
