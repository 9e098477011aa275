//! Describes in words what guards hold of a run, and the decisions.

use attendee_sync_domain::guard::{Guard, Tripped};
use attendee_sync_domain::run::{HoldDecision, Run, RunHold};

use super::{capitalised, counted, field_name, number, people, sentence};
use crate::texts::{t, text};

/// Describes why a guard holds a run: what would happen, and the limit.
pub(crate) fn why(tripped: &Tripped) -> String {
    let Tripped {
        guard,
        count,
        of,
        limit_percent,
    } = tripped;
    let (count, of) = (number(*count), number(*of));
    match guard {
        Guard::Removals => text!(
            "words-hold-count-of-of-attendees",
            count = count,
            of = of,
            limit_percent = limit_percent
        ),
        Guard::Missing => text!(
            "words-hold-count-of-of-attendees-are",
            count = count,
            of = of
        ),
        Guard::Additions => text!(
            "words-hold-count-people-would-be",
            count = count,
            of = of,
            limit_percent = limit_percent
        ),
        Guard::Blanked(field) => text!(
            "words-hold-capitalised-would-be-emptied",
            capitalised = capitalised(&field_name(field.name())),
            count = count,
            of = of,
            limit_percent = limit_percent
        ),
        Guard::Rejected => text!(
            "words-hold-count-of-of-records",
            count = count,
            of = of,
            limit_percent = limit_percent
        ),
        Guard::Invitations => {
            text!(
                "words-hold-count-people-would-be-invited",
                count = count,
                of = of
            )
        }
    }
}

/// Describes the decision about what guards held of a run; `None` where they held nothing.
pub(crate) fn hold(run: &Run) -> Option<String> {
    let hold = run.hold.as_ref()?;
    let what = held(hold);
    let Some(decision) = hold.decision else {
        return Some(match hold.people + hold.invitations {
            0 => t("words-hold-needs-your-attention-all").to_owned(),
            count => text!("hold-waits", count = count, what = what),
        });
    };
    Some(match decision {
        HoldDecision::Approved => {
            let said = run.reason.as_deref().unwrap_or_default();
            match said.rsplit_once("approved, but for ") {
                Some((_, but)) => text!(
                    "words-hold-what-approved-except-for",
                    what = what,
                    but = but
                ),
                None => text!("words-hold-what-approved", what = what),
            }
        }
        HoldDecision::Discarded => match (hold.people, hold.invitations) {
            (_, 0) => text!("hold-discarded-nobody-was-changed", what = what),
            (0, _) => text!("hold-discarded-nobody-was-invited", what = what),
            _ => text!("hold-discarded-nobody-was-changed-or-invited", what = what),
        },
        HoldDecision::Superseded => {
            text!("words-hold-what-not-applied-a", what = what)
        }
    })
}

/// Describes what is held, with counts: "12 removals and 600 invitations".
fn held(hold: &RunHold) -> String {
    let is_removal = |tripped: &Tripped| {
        matches!(
            tripped.guard,
            Guard::Removals | Guard::Missing | Guard::Invitations
        )
    };
    let noun = if hold.guards.iter().all(is_removal) {
        "count-removals"
    } else {
        "count-changes"
    };
    let changes = counted(hold.people, noun);
    let invitations = counted(hold.invitations, "count-invitations");
    match (hold.people, hold.invitations) {
        (0, 0) => String::new(),
        (_, 0) => changes,
        (0, _) => invitations,
        _ => text!("hold-and", changes = changes, invitations = invitations),
    }
}

/// Returns why a run failed, without the sentence about its waiting invitations: [`hold`] describes
/// what happened to them.
pub(crate) fn failure(run: &Run) -> Option<String> {
    let reason = run.reason.as_deref()?;
    let why = run.hold.as_ref().and_then(|hold| {
        let waited = RunHold {
            decision: None,
            ..hold.clone()
        };
        // The reason ends with the text from before a decision, or from after it.
        [&waited, hold]
            .into_iter()
            .find_map(|hold| reason.strip_suffix(&format!("; {}", hold.in_words())))
    });
    Some(sentence(why.unwrap_or(reason)))
}

/// Describes what a sync would hold.
pub(crate) fn would_wait(hold: &RunHold) -> String {
    let (changed, invited) = (people(hold.people), people(hold.invitations));
    match (hold.people, hold.invitations) {
        (0, 0) => t("words-hold-all-changes-would-be").to_owned(),
        (_, 0) => text!("hold-changes-would-wait", people = changed),
        (0, _) => text!("hold-invitations-would-wait", people = invited),
        _ => text!("hold-both-would-wait", people = changed, invited = invited),
    }
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
            (1, 0, None, "1 removal waits for your decision."),
            (
                12,
                600,
                None,
                "12 removals and 600 invitations wait for your decision.",
            ),
            (0, 1, approved, "1 invitation approved."),
            (
                0,
                600,
                discarded,
                "600 invitations discarded. Nobody was invited.",
            ),
            (
                12,
                600,
                discarded,
                "12 removals and 600 invitations discarded. Nobody was changed or invited.",
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
