//! Importing a list of people by hand, and undoing that.

use attendee_sync_app::list_file::{MOST_BYTES, read_list_file};
use attendee_sync_app::{ImportColumns, ImportReport};
use attendee_sync_domain::hand::ImportId;
use attendee_sync_domain::ids::EventId;
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::bad_query;
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters, Two};
use crate::importing::in_time;
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// How a list is imported. A field that is named takes the column of this heading, and none where it is empty; the
/// others are proposed from the headings.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub(super) struct ImportQuery {
    /// `preview` says what would be done, and changes nothing.
    #[cfg_attr(test, param(default = "import", pattern = "^(import|preview)?$"))]
    mode: String,
    /// The import that goes on, where rows of it are left.
    #[cfg_attr(test, param(pattern = "^[a-z0-9-]{1,64}$"))]
    import: Option<ImportId>,
    /// The column of the e-mail address.
    email: Option<String>,
    /// The column of the title.
    title: Option<String>,
    /// The column of the first name.
    first_name: Option<String>,
    /// The column of the last name.
    last_name: Option<String>,
    /// The column of the job title.
    job_title: Option<String>,
    /// The column of the company.
    company: Option<String>,
    /// The column of the country.
    country: Option<String>,
    /// The column of the additional info.
    additional_info: Option<String>,
    /// The column of the biography.
    biography: Option<String>,
    /// The column of the groups, which are separated by `;`.
    groups: Option<String>,
}

impl ImportQuery {
    fn columns(&self) -> ImportColumns {
        let named = [
            ("email", &self.email),
            ("title", &self.title),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("job_title", &self.job_title),
            ("company", &self.company),
            ("country", &self.country),
            ("additional_info", &self.additional_info),
            ("biography", &self.biography),
            ("groups", &self.groups),
        ];
        let named = named.into_iter();
        named
            .filter_map(|(field, heading)| Some((field.to_owned(), heading.clone()?)))
            .collect()
    }
}

pub(super) async fn import(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<ImportQuery>,
    body: Body,
) -> Result<Json<ImportReport>, HttpProblem> {
    let is_preview = match query.mode.as_str() {
        "" | "import" => false,
        "preview" => true,
        _ => return Err(bad_query("mode is import or preview")),
    };
    let bytes = axum::body::to_bytes(body, MOST_BYTES).await.map_err(|_| {
        HttpProblem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the file is larger than 5 MiB; divide it",
        )
    })?;
    let table =
        read_list_file(&bytes).map_err(|error| HttpProblem::at("file", error.to_string()))?;
    let columns = query.columns();
    let report = if is_preview {
        console.app.preview_import(&event, &table, &columns).await?
    } else {
        let acting = console.app.as_of(&caller.who);
        let part = in_time(query.import);
        acting.import_list(&event, &table, &columns, part).await?
    };
    Ok(Json(report))
}

/// What came of undoing an import.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct ImportUndo {
    /// Of how many people something was released.
    people: u64,
}

pub(super) async fn undo(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(event, import): Two<EventId, ImportId>,
) -> Result<Json<ImportUndo>, HttpProblem> {
    let acting = console.app.as_of(&caller.who);
    let people = acting.undo_import(&event, &import).await?;
    Ok(Json(ImportUndo { people }))
}
