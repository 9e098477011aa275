//! The sample event: an event configured for the sample registration system that starts beside
//! the console, so that a newcomer has something to sync.

use std::net::SocketAddr;

use attendee_sync_app::App;
use attendee_sync_app::ports::Communities;
use attendee_sync_domain::mail::{Mailbox, Senders};
use sample_registration::SampleServer;
use serde_json::{Value, json};

/// Starts the sample registration system on the port after the console's, or on any free one.
pub(crate) async fn start(console: SocketAddr) -> std::io::Result<SampleServer> {
    let port = console.port().checked_add(1).unwrap_or(0);
    let wished = SocketAddr::from(([127, 0, 0, 1], if console.port() == 0 { 0 } else { port }));
    match sample_registration::start(wished).await {
        Ok(sample) => Ok(sample),
        Err(_) => sample_registration::start(SocketAddr::from(([127, 0, 0, 1], 0))).await,
    }
}

/// The name of the sample event.
const EVENT: &str = "sample-event";

/// Returns whether the sample event is wanted: it exists already, or there is no event at all. A
/// person who has events and deleted the sample does not get it back at the next start.
pub(crate) async fn is_wanted(store: &dyn Communities) -> anyhow::Result<bool> {
    if store.event(&EVENT.parse()?).await?.is_some() {
        return Ok(true);
    }
    for community in store.communities().await? {
        if !store.events(&community).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Configures the sample event, or updates the address of its source. Other changes in its
/// configuration stay.
pub(crate) async fn configure(app: &App, url: &str) -> anyhow::Result<()> {
    let event = EVENT.parse()?;
    let mut document = match app.find_event(&event).await? {
        Some(stored) if stored.value.source.url == url => return Ok(()),
        Some(stored) => {
            let mut document = serde_json::to_value(&stored.value)?;
            if let Some(at) = document.pointer_mut("/source/url") {
                *at = Value::from(url);
            }
            document
        }
        None => document(url),
    };
    choose_sender(app.senders(), &mut document)?;
    app.configure(&document).await?;
    Ok(())
}

/// Sets a sender that the sample's community may use, where the invitation names another: the
/// sample must not keep the program from starting. Where there is no such sender, the sample has no
/// invitation.
fn choose_sender(senders: &Senders, document: &mut Value) -> anyhow::Result<()> {
    let community = "sample".parse()?;
    let from = document.pointer_mut("/invitations/template/from");
    let Some(from) = from else { return Ok(()) };
    let named = from.as_str().and_then(|from| from.parse::<Mailbox>().ok());
    let is_taken = |mailbox: &Mailbox| senders.require(&community, &mailbox.address).is_ok();
    if named.as_ref().is_some_and(is_taken) {
        return Ok(());
    }
    if let Some(address) = senders.example(&community) {
        *from = Value::from(format!("Sample event <{address}>"));
    } else if let Some(Value::Object(invitations)) = document.get_mut("invitations") {
        invitations.insert("enabled".to_owned(), Value::Bool(false));
        invitations.remove("template");
    }
    Ok(())
}

fn document(url: &str) -> Value {
    json!({
        "community": "sample",
        "event": EVENT,
        "name": "Sample event",
        "time_zone": "Europe/Amsterdam",
        "source": {
            "url": url,
            "pagination": {"type": "next_link", "path": "next"},
            "records": "$.results[*]",
        },
        "mapping": {
            "source_id": "id",
            "email": "person.email",
            "title": "person.title",
            "first_name": "person.given_name",
            "last_name": "person.family_name",
            "job_title": "person.job_title",
            "company": "person.organisation",
            "country": "person.country",
            "biography": "person.bio",
            "groups": "tags",
            "digital_badge": "badge_url",
        },
        "delete_flag": {"path": "erased"},
        "rules": [
            {"when": "status == 'cancelled'", "then": "remove_attendee"},
            {"when": "ticket == 'Speaker'", "then": {"add_group": "Speakers"}},
            {"when": "ticket == 'VIP'", "then": {"add_group": "VIP"}},
        ],
        // Invitations are off: these people are invented, and a mail server may be configured.
        "invitations": {
            "enabled": false,
            "sign_in_url": "https://app.example.org/sample-event",
            "template": {
                "from": "Sample event <noreply@example.org>",
                "subject": "{{ first_name }}, your way into {{ event.name }}",
                "body_markdown": INVITATION,
            },
        },
    })
}

const INVITATION: &str = "\
Dear {% if title %}{{ title }} {% endif %}{{ first_name }} {{ last_name }},

you are registered for **{{ event.name }}**{% if company %} with {{ company }}{% endif %}. In the
event's app you find the programme, the map and the people you will meet.

[Open the app]({{ sign_in_url }})

Sign in with {{ email }}.
{% if badge_url %}

Bring your [badge]({{ badge_url }}) with you.
{% endif %}
";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use attendee_sync_domain::config::{SourceAddresses, check_within};

    use super::*;
    use crate::data_dir::DataDir;
    use crate::setup::{MailSetup, Setup, open_table, set_up_over};

    /// What a start would do in this directory; and the application, to go on with.
    async fn start(path: &Path) -> (bool, DataDir, Setup) {
        let dir = DataDir::take(path, "serve").unwrap();
        let table = open_table(&dir).unwrap();
        let wanted = is_wanted(&table.store).await.unwrap();
        let setup = set_up_over(table, &dir, SourceAddresses::Any, MailSetup::nobody())
            .await
            .unwrap();
        (wanted, dir, setup)
    }

    async fn delete(app: &App, event: &str) {
        let event = event.parse().unwrap();
        let version = app.event(&event).await.unwrap().version;
        app.close_event(&event, version).await.unwrap();
    }

    #[tokio::test]
    async fn the_sample_is_not_made_anew_beside_other_events() {
        let folder = tempfile::tempdir().unwrap();
        let (wanted, _dir, Setup { app, .. }) = start(folder.path()).await;
        assert!(wanted, "in an empty directory");
        configure(&app, "http://127.0.0.1:1/").await.unwrap();
        let wanted = || async { is_wanted(&*app.parts().store).await.unwrap() };
        assert!(wanted().await, "it is there");
        let mut own = document("https://registration.example.org/");
        own["community"] = json!("acme");
        own["event"] = json!("devcon");
        app.configure(&own).await.unwrap();
        assert!(wanted().await, "both are there");
        delete(&app, EVENT).await;
        assert!(!wanted().await, "it was deleted");
        delete(&app, "devcon").await;
        assert!(wanted().await, "there is no event");
    }

    /// The document with its sender, after that was chosen.
    fn chosen(senders: &Senders, mut document: Value) -> (Value, Option<String>) {
        choose_sender(senders, &mut document).unwrap();
        let checked = check_within(&document, &SourceAddresses::Any, senders).unwrap();
        let template = checked.invitations.template;
        (document, template.map(|template| template.from))
    }

    #[test]
    fn the_sample_is_accepted_whatever_senders_there_are() {
        let sample = || document("http://127.0.0.1:8081/");
        let (unchanged, _) = chosen(&Senders::any(), sample());
        assert_eq!(unchanged, sample());
        let account = Senders::of_mail_account(None, "mail.acme.example");
        let (stored, from) = chosen(&account, sample());
        assert_eq!(from.as_deref(), Some("Sample event <noreply@acme.example>"));
        // Also when it was stored with another account.
        let listed = Senders::any().with("sample=desk@acme.example".parse().unwrap());
        let (_, from) = chosen(&listed, stored);
        assert_eq!(from.as_deref(), Some("Sample event <desk@acme.example>"));
        let (_, from) = chosen(&Senders::only([]), sample());
        assert_eq!(from, None);
    }
}
