//! The sample event: an event configured for the sample registration system that starts beside
//! the console, so that a newcomer has something to sync.

use std::net::SocketAddr;

use attendee_sync_app::App;
use sample_registration::Sample;
use serde_json::{Value, json};

/// Starts the sample registration system on the port after the console's, or on any free one.
pub(crate) async fn start(console: SocketAddr) -> std::io::Result<Sample> {
    let port = console.port().checked_add(1).unwrap_or(0);
    let wished = SocketAddr::from(([127, 0, 0, 1], if console.port() == 0 { 0 } else { port }));
    match sample_registration::start(wished).await {
        Ok(sample) => Ok(sample),
        Err(_) => sample_registration::start(SocketAddr::from(([127, 0, 0, 1], 0))).await,
    }
}

/// Configures the sample event, or tells a configured one where its source is now. What else was
/// changed in its configuration stays.
pub(crate) async fn configure(app: &App, url: &str) -> anyhow::Result<()> {
    let event = "sample-event".parse()?;
    let document = match app.store.event(&event).await? {
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
    app.configure(&document).await?;
    Ok(())
}

fn document(url: &str) -> Value {
    json!({
        "community": "sample",
        "event": "sample-event",
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
        // Switched off: these people are made up, and a mail server may be set.
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
