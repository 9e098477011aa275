//! A warning where an invitation would print groups that attendees are not to see.

use crate::texts::text;
use attendee_sync_app::{App, Error};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::CommunityId;

/// How a placeholder or a block of a template begins and ends.
const MARKS: [(&str, &str); 2] = [("{{", "}}"), ("{%", "%}")];

/// Returns the warning; nothing where the texts print no groups, or the community has none that are hidden.
pub(super) async fn warning(
    app: &App,
    community: &CommunityId,
    texts: [&str; 2],
) -> Result<Option<String>, Error> {
    if !texts.into_iter().any(prints_groups) {
        return Ok(None);
    }
    let names = app.hidden_groups(community).await?;
    let names: Vec<&str> = names.iter().map(GroupName::as_str).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let names = names.join(", ");
    Ok(Some(text!(
        "hidden-groups-this-invitation-prints-groups",
        names = names
    )))
}

/// Whether a template uses the variable `groups`.
fn prints_groups(template: &str) -> bool {
    MARKS.iter().any(|(begin, end)| {
        let parts = template.split(begin).skip(1);
        let mut inside = parts.filter_map(|part| part.split(end).next());
        inside.any(|code| {
            let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word == "groups")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_prints_groups_where_a_placeholder_or_a_block_names_them() {
        for prints in [
            "{{ groups | join(', ') }}",
            "Hi {{ first_name }}, {{groups[0]}}",
            "{% for group in groups %}{{ group }}{% endfor %}",
        ] {
            assert!(prints_groups(prints), "{prints}");
        }
        for not in [
            "our groups",
            "{{ first_name }} groups",
            "{{ groups_of }}",
            "",
        ] {
            assert!(!prints_groups(not), "{not}");
        }
    }
}
