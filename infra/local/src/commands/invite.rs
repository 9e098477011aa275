//! `invite` and `invitations`: queues invitations, and counts them by state.

use attendee_sync_app::{App, InvitationRequest as Whom, InvitationsRequested, InvitationsView};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::EventId;

use super::CommandEnd;
use crate::cli::{Common, InviteArguments};
use crate::output;

pub(crate) async fn invite(
    app: &App,
    common: &Common,
    arguments: InviteArguments,
) -> anyhow::Result<CommandEnd> {
    let whom = match (arguments.not_invited, arguments.again) {
        (true, _) => Whom::NotInvited { at_most: None },
        (false, true) => Whom::Again(arguments.addresses),
        (false, false) => Whom::These(arguments.addresses),
    };
    let asked = app
        .as_of(&Actor::Owner)
        .invite(&arguments.event, &whom)
        .await?;
    output::print_either(common, &asked, || in_words(&asked))?;
    Ok(CommandEnd::Done)
}

fn in_words(asked: &InvitationsRequested) -> String {
    let parts = [
        (asked.already_invited, "invited already"),
        (asked.not_attending, "not attending"),
        (asked.suppressed, "on the suppression list"),
        (asked.unknown, "no attendee"),
    ];
    let others = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"));
    let queued = format!("{} queued", asked.queued);
    let all: Vec<String> = [queued].into_iter().chain(others).collect();
    let next = match asked.queued {
        0 => "",
        _ => "; `serve` sends them, or `sync --smtp`",
    };
    format!("{}{next}\n", all.join(", "))
}

pub(crate) async fn invitations(
    app: &App,
    common: &Common,
    event: &EventId,
) -> anyhow::Result<CommandEnd> {
    let view = app.invitations(event).await?;
    if common.json {
        output::print_json(&view)?;
        return Ok(CommandEnd::Done);
    }
    let rows = |view: &InvitationsView| {
        let states = view.states.iter();
        states
            .filter(|(_, count)| **count > 0)
            .map(|(state, count)| vec![(*state).to_owned(), count.to_string()])
            .collect::<Vec<_>>()
    };
    output::print_table(&["invitation", "attendees"], rows(&view));
    if let Some(hold) = &view.held_since_restore {
        output::print(&format!(
            "all invitations are paused: the backup of {} was restored, and it is unknown who was invited after it \
             was made; `attendee-sync release COMMUNITY` releases them\n",
            hold.backup_made
        ));
    }
    if !view.enabled {
        output::print("invitations are off\n");
    }
    Ok(CommandEnd::Done)
}
