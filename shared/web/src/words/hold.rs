//! What guards hold of a run, and what becomes of it, in words.

use attendee_sync_domain::guard::{Guard, Tripped};
use attendee_sync_domain::run::{HoldDecision, Run, RunHold};

use super::{capitalised, counted, field_name, number, people, sentence};

/// Why a guard holds a run: what would happen, and what the limit is.
pub(crate) fn why(tripped: &Tripped) -> String {
    let Tripped {
        guard,
        count,
        of,
        limit_percent,
    } = tripped;
    let (count, of) = (number(*count), number(*of));
    match guard {
        Guard::Removals => format!(
            "{count} of {of} attendees would be taken out of the event. More than {limit_percent} % needs your approval."
        ),
        Guard::Missing => format!(
            "{count} of {of} attendees are missing from the source. Nobody said that they should go: check that the source still gives the whole list."
        ),
        Guard::Additions => format!(
            "{count} people would be added to {of} attendees. More than {limit_percent} % needs your approval: check that this is the list of this event."
        ),
        Guard::Blanked(field) => format!(
            "{} would go blank for {count} of the {of} attendees who have it. More than {limit_percent} % needs your approval.",
            capitalised(&field_name(field.name()))
        ),
        Guard::Rejected => format!(
            "{count} of {of} records were rejected. Over {limit_percent} %, whatever takes something away needs your approval."
        ),
        Guard::Invitations => {
            format!("{count} people would be invited. More than {of} at a time need your approval.")
        }
    }
}

/// What became of what guards held of a run, in a sentence; nothing where they held nothing.
pub(crate) fn hold(run: &Run) -> Option<String> {
    let hold = run.hold.as_ref()?;
    let Some(decision) = hold.decision else {
        return Some(match (hold.people, hold.invitations) {
            (0, 0) => "Asks for your attention; nothing of it is held back.".to_owned(),
            (0, 1) => "1 invitation waits for your decision.".to_owned(),
            (0, many) => format!("{} invitations wait for your decision.", number(many)),
            (people, invitations) => {
                let and = match invitations {
                    0 => String::new(),
                    some => format!(" and {}", counted(some, "invitation")),
                };
                format!("{} changes{and} wait for your decision.", whose(people))
            }
        });
    };
    let (what, were) = match (hold.people, hold.invitations) {
        (0, 1) => ("The invitation that was held".to_owned(), "was"),
        (0, many @ 2..) => (
            format!("The {} invitations that were held", number(many)),
            "were",
        ),
        (some, 0) => (format!("What was held of {}", people(some)), "was"),
        (some, many) => (
            format!(
                "The held changes of {} and {}",
                people(some),
                counted(many, "invitation")
            ),
            "were",
        ),
    };
    Some(match decision {
        HoldDecision::Approved => {
            let said = run.reason.as_deref().unwrap_or_default();
            match said.rsplit_once("approved, but for ") {
                Some((_, but)) => format!("{what} {were} approved, but for {but}."),
                None => format!("{what} {were} approved."),
            }
        }
        HoldDecision::Discarded => {
            let nobody = match (hold.people, hold.invitations) {
                (_, 0) => "changed",
                (0, _) => "was invited",
                _ => "changed or was invited",
            };
            format!("{what} {were} discarded; nobody {nobody} by it.")
        }
        HoldDecision::Superseded => {
            format!("{what} {were} not decided: a newer run looked at the same people.")
        }
    })
}

fn whose(count: u64) -> String {
    format!("{}\u{2019}s", people(count))
}

/// Why a run failed, without what it then said of invitations that wait: what became of them is
/// said by [`hold`].
pub(crate) fn failure(run: &Run) -> Option<String> {
    let reason = run.reason.as_deref()?;
    let why = run.hold.as_ref().and_then(|hold| {
        let waited = RunHold {
            decision: None,
            ..hold.clone()
        };
        // As it was written at first, or once somebody decided.
        [&waited, hold]
            .into_iter()
            .find_map(|hold| reason.strip_suffix(&format!("; {}", hold.in_words())))
    });
    Some(sentence(why.unwrap_or(reason)))
}

/// What of a sync would wait, where it would be held.
pub(crate) fn would_wait(hold: &RunHold) -> String {
    let changes = format!("the changes of {}", people(hold.people));
    let invitations = format!("the invitations of {}", people(hold.invitations));
    let what = match (hold.people, hold.invitations) {
        (0, 0) => return "Nothing would be held back; it asks for your attention.".to_owned(),
        (_, 0) => changes,
        (0, _) => invitations,
        _ => format!("{changes} and {invitations}"),
    };
    format!(
        "{} would be held; all others would go through.",
        capitalised(&what)
    )
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::run::RunMode;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_became_of_held_invitations_is_told_in_words() {
        let id = "devcon.1".parse().unwrap();
        let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
        let mut told = |people, invitations, decision| {
            run.hold = Some(RunHold {
                people,
                invitations,
                guards: Vec::new(),
                decision,
            });
            hold(&run).unwrap()
        };
        let (approved, discarded) = (Some(HoldDecision::Approved), Some(HoldDecision::Discarded));
        for (people, invitations, decision, words) in [
            (0, 1, None, "1 invitation waits for your decision."),
            (0, 600, None, "600 invitations wait for your decision."),
            (
                1,
                0,
                None,
                "1 person\u{2019}s changes wait for your decision.",
            ),
            (
                12,
                600,
                None,
                "12 people\u{2019}s changes and 600 invitations wait for your decision.",
            ),
            (0, 1, approved, "The invitation that was held was approved."),
            (
                0,
                600,
                discarded,
                "The 600 invitations that were held were discarded; nobody was invited by it.",
            ),
            (
                12,
                600,
                discarded,
                "The held changes of 12 people and 600 invitations were discarded; nobody changed or was invited by it.",
            ),
        ] {
            assert_eq!(told(people, invitations, decision), words);
        }
    }

    #[test]
    fn a_failure_is_told_without_what_waited_then() {
        let id = "devcon.1".parse().unwrap();
        let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
        run.reason = Some("the feed was cut off".to_owned());
        assert_eq!(failure(&run).unwrap(), "The feed was cut off.");
        let waits = RunHold {
            invitations: 600,
            ..RunHold::default()
        };
        run.reason = Some(format!("the feed was cut off; {}", waits.in_words()));
        run.hold = Some(RunHold {
            decision: Some(HoldDecision::Approved),
            ..waits
        });
        assert_eq!(failure(&run).unwrap(), "The feed was cut off.");
    }
}
