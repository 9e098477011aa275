//! `backup`, `restore` and `release`.

use std::path::Path;

use attendee_sync_app::App;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::CommunityId;
use serde_json::json;

use super::{CommandEnd, expect_table};
use crate::backup::{self, Backup};
use crate::cli::Common;
use crate::output;
use crate::restore::{self, Restored};

pub(super) fn backup(common: &Common, file: &Path) -> anyhow::Result<CommandEnd> {
    expect_table(common)?;
    let made = backup::make(&common.data_dir, file)?;
    output::print_either(common, &made, || {
        let Backup { file, bytes, .. } = &made;
        format!(
            "the backup {} is made ({bytes} bytes). It holds attendees' data, credentials and the owner's token: \
             keep it as you keep the data directory, and elsewhere\n",
            file.display()
        )
    })?;
    Ok(CommandEnd::Done)
}

pub(super) async fn restore(common: &Common, file: &Path) -> anyhow::Result<CommandEnd> {
    let restored = restore::restore(&common.data_dir, file).await?;
    for warning in &restored.warnings {
        eprintln!("attendee-sync: {}", output::printable(warning));
    }
    output::print_either(common, &restored, || in_words(common, &restored))?;
    Ok(CommandEnd::Done)
}

fn in_words(common: &Common, restored: &Restored) -> String {
    let Restored { label, done, .. } = restored;
    format!(
        "the backup of {} (version {}) is in {}\n\
         erased again: {}; invitations whose result is unknown, because they were being sent: {}\n\
         all invitations are paused, because it is unknown who was invited after the backup was made: release them \
         on the page Invitations, or with `attendee-sync release COMMUNITY`\n",
        label.made,
        label.program,
        common.data_dir.display(),
        done.erased_again,
        done.in_doubt,
    )
}

pub(super) async fn release(
    app: &App,
    common: &Common,
    community: &CommunityId,
) -> anyhow::Result<CommandEnd> {
    let acting = app.as_of(&Actor::Owner);
    let released = acting.release_invitations(community).await?;
    output::print_either(common, &json!({ "released": released }), || {
        if released {
            "the invitations are released: `serve` sends them, or `sync --smtp`\n".to_owned()
        } else {
            format!("no invitations of {community} are paused\n")
        }
    })?;
    Ok(CommandEnd::Done)
}
