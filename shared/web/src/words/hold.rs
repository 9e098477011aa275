//! Describes in words what guards hold of a run, and the decisions.

use attendee_sync_domain::guard::{Guard, Tripped};
use attendee_sync_domain::run::{HoldDecision, Run, RunHold};

use super::{capitalised, counted, field_name, number, people, sentence};

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
        Guard::Removals => format!(
            "{count} of {of} attendees would be removed from the event. More than {limit_percent} % needs your approval."
        ),
        Guard::Missing => format!(
            "{count} of {of} attendees are missing from the source. Check that the source still sends the whole list before you remove them."
        ),
        Guard::Additions => format!(
            "{count} people would be added to {of} attendees. More than {limit_percent} % needs your approval. Check that this is the list of this event."
        ),
        Guard::Blanked(field) => format!(
            "{} would be emptied for {count} of the {of} attendees who have a value. More than {limit_percent} % needs your approval.",
            capitalised(&field_name(field.name()))
        ),
        Guard::Rejected => format!(
            "{count} of {of} records were rejected. With more than {limit_percent} %, removals need your approval."
        ),
        Guard::Invitations => {
            format!(
                "{count} people would be invited. More than {of} invitations per sync need your approval."
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
            0 => "Needs your attention. All changes were applied.".to_owned(),
            1 => format!("{what} waits for your decision."),
            _ => format!("{what} wait for your decision."),
        });
    };
    Some(match decision {
        HoldDecision::Approved => {
            let said = run.reason.as_deref().unwrap_or_default();
            match said.rsplit_once("approved, but for ") {
                Some((_, but)) => format!("{what} approved, except for {but}."),
                None => format!("{what} approved."),
            }
        }
        HoldDecision::Discarded => {
            let nobody = match (hold.people, hold.invitations) {
                (_, 0) => "was changed",
                (0, _) => "was invited",
                _ => "was changed or invited",
            };
            format!("{what} discarded. Nobody {nobody}.")
        }
        HoldDecision::Superseded => {
            format!("{what} not applied: a newer run checked the same people.")
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
        "removal"
    } else {
        "change"
    };
    let parts = [(hold.people, noun), (hold.invitations, "invitation")];
    let counts = parts.into_iter().filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counts.map(|(count, noun)| counted(count, noun)).collect();
    counted.join(" and ")
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
    let changes = format!("the changes of {}", people(hold.people));
    let invitations = format!("the invitations of {}", people(hold.invitations));
    let what = match (hold.people, hold.invitations) {
        (0, 0) => {
            return "All changes would be applied, but the sync needs your attention.".to_owned();
        }
        (_, 0) => changes,
        (0, _) => invitations,
        _ => format!("{changes} and {invitations}"),
    };
    format!(
        "{} would wait for your approval. All other changes would be applied.",
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
