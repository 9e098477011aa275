//! What is given in the place of an address: a file that is uploaded, or an example of an answer that is pasted.

use attendee_sync_app::UploadedFile;
use attendee_sync_domain::config::{DocumentProblem, FeedFormat, GivenList};

use crate::access::Session;
use crate::console::Console;
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::setup::{DraftList, SetupDraft};
use crate::texts::{TextId, id, t};

/// How an example is called.
const EXAMPLE: TextId = id("setup-given-example");

/// Whether there is a list in the place of an address: in the form, or from before.
pub(super) fn is_given(fields: &FormFields, draft: &SetupDraft) -> bool {
    draft.list.is_some() || has_file(fields) || !example(fields).is_empty()
}

/// Whether a file was chosen.
pub(super) fn has_file(fields: &FormFields) -> bool {
    fields.has_file()
}

fn example(fields: &FormFields) -> &str {
    fields.get("example").trim()
}

/// Takes in a list that was given; says what is wrong with it. An address counts more than an example, and a file more
/// than an address.
pub(super) async fn take_in(
    console: &Console,
    session: &Session,
    fields: &mut FormFields,
    draft: &mut SetupDraft,
) -> Result<Vec<DocumentProblem>, HttpProblem> {
    let (read, name, is_example) = match fields.take_file() {
        Some(file) => {
            let name = file.name.clone();
            let file = UploadedFile {
                name: file.name,
                bytes: file.bytes,
            };
            (file.into_list().map_err(HttpProblem::from), name, false)
        }
        None if example(fields).is_empty() || !draft.url.is_empty() => return Ok(Vec::new()),
        None => {
            let text = example(fields).as_bytes().to_vec();
            let list = GivenList::new(text);
            let list = list.map_err(|error| HttpProblem::at("example", error.to_string()));
            (list, EXAMPLE.to_string(), true)
        }
    };
    let list = match read {
        Ok(list) => list,
        Err(problem) => return Ok(problem.places()),
    };
    let Ok(community) = draft.community.parse() else {
        let named = HttpProblem::at("community", t("setup-given-use-lower-case-letters"));
        return Ok(named.places());
    };
    let mut kept = DraftList::keep(console, session, &community, &list).await?;
    (kept.name, kept.is_example) = (name, is_example);
    draft.url.clear();
    draft.authentication = None;
    draft.forget_answers();
    draft.format = Some(name_of(list.format));
    draft.list = Some(kept);
    Ok(Vec::new())
}

fn name_of(format: FeedFormat) -> String {
    let name = match format {
        FeedFormat::Json => "json",
        FeedFormat::Ndjson => "ndjson",
        FeedFormat::Csv => "csv",
    };
    name.to_owned()
}
