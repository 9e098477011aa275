//! `group` and `erase`: what a person changes by hand.

use std::io::{BufRead, IsTerminal, Write};

use attendee_sync_app::{App, Erased, Granted};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::people::Grantor;
use serde_json::json;

use super::CommandEnd;
use crate::cli::{Common, GroupCommand};
use crate::output;

pub(crate) async fn group(
    app: &App,
    common: &Common,
    change: &GroupCommand,
) -> anyhow::Result<CommandEnd> {
    let acting = app.as_of(&Actor::Owner);
    let granted = match change {
        GroupCommand::Add(member) => {
            acting
                .grant(&member.community, &member.group, &member.address)
                .await?
        }
        GroupCommand::Remove(member) => {
            acting
                .revoke(&member.community, &member.group, &member.address)
                .await?
        }
    };
    output::print_either(common, &granted, || in_words(change, &granted))?;
    Ok(CommandEnd::Done)
}

fn in_words(change: &GroupCommand, granted: &Granted) -> String {
    let group = &granted.group;
    let by_hand = matches!(change, GroupCommand::Add(_));
    let is_in = !granted.by.is_empty();
    match (by_hand, granted.changed, is_in) {
        (true, true, _) => format!("added to {group} by hand\n"),
        (true, false, _) => format!("in {group} by hand already\n"),
        (false, true, false) => format!("removed from {group}\n"),
        (false, false, false) => format!("not in {group}, so nothing changed\n"),
        (false, _, true) => format!("still in {group}: {}\n", givers(granted)),
    }
}

fn givers(granted: &Granted) -> String {
    let givers = granted.by.iter().map(|grantor| match grantor {
        Grantor::Event(event) => format!("assigned by the sync of {event}"),
        Grantor::Hand => "assigned by hand".to_owned(),
    });
    givers.collect::<Vec<_>>().join(", ")
}

pub(crate) async fn erase(
    app: &App,
    common: &Common,
    community: &CommunityId,
    address: &EmailAddress,
    yes: bool,
) -> anyhow::Result<CommandEnd> {
    if !yes {
        if !std::io::stdin().is_terminal() {
            eprintln!(
                "attendee-sync: an erasure cannot be undone; add --yes to confirm it without a terminal"
            );
            return Ok(CommandEnd::Wrong);
        }
        if !asked(community, address)? {
            eprintln!("nobody was erased");
            return Ok(CommandEnd::Failed);
        }
    }
    let erased = app
        .as_of(&Actor::Owner)
        .erase_user(community, address)
        .await?;
    output::print_either(common, &json!({"outcome": erased}), || {
        match erased {
            Erased::Now => {
                "erased; erase them in the registration system too, or a changed record adds them as a \
                 new person\n"
            }
            Erased::Already => "erased already\n",
            Erased::Nobody => "no user of the community has this address\n",
        }
        .to_owned()
    })?;
    Ok(CommandEnd::Done)
}

fn asked(community: &CommunityId, address: &EmailAddress) -> std::io::Result<bool> {
    eprint!(
        "Erase {address} from {community} permanently, with all attendances, groups, invitations and \
         what logs say of them? [y/N] "
    );
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
