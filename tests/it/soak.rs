//! A short soak; the long one is the program `soak` of this crate.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_tests::soak::{SoakFault, SoakSettings, soak};

/// Weeks of a few events.
fn short() -> SoakSettings {
    SoakSettings {
        hourly: 0,
        people: 12,
        // Other tests of this process take memory meanwhile.
        watches_memory: false,
        ..SoakSettings::new(93, 3)
    }
}

#[tokio::test]
async fn a_small_installation_grows_by_what_is_alive_only() {
    let report = soak(&short(), |_| {}).await.unwrap();
    println!("{report}");
    assert!(report.succeeded > 200 && report.failed > 5);
    assert!(report.swept > 100 && report.erased > 0 && report.remade > 0);
    assert!(report.compared > 10 && report.mails > 10);
}

/// What a fault is found out by.
async fn found_out_by(fault: SoakFault) -> String {
    let settings = SoakSettings {
        fault: Some(fault),
        ..short()
    };
    soak(&settings, |_| {}).await.unwrap_err().0
}

#[tokio::test]
async fn what_nobody_sends_or_deletes_is_found_out() {
    let found = found_out_by(SoakFault::NoPost).await;
    assert!(found.contains("items of the kind Wave"), "{found}");
    let found = found_out_by(SoakFault::Litter).await;
    assert!(found.contains("items of the kind Kept"), "{found}");
    let found = found_out_by(SoakFault::SecondMail).await;
    assert!(found.contains("was mailed 2 times"), "{found}");
}
