//! Routes about the installation: mail that is not sent, tokens, failed jobs, presets, and the API itself.

use attendee_sync_domain::authority::Permission::{Administer, Read};

use super::api;
use crate::api::{about, dead_letters, mail, presets, schedules, tokens};
use crate::permits::Need::{Everywhere, Open, Somewhere};
use crate::permits::OpenTo;
#[cfg(test)]
use {
    crate::api::about::Health,
    crate::api::presets::PresetView,
    crate::api::schedules::AfterCursor,
    crate::api::tokens::{NewToken, TokenView, TokenWanted},
    crate::fill::TypedAnswers,
    crate::lists::paging::{ListPage, Paging},
    crate::openapi::{
        BadBody, BadQuery, NoQueue, NoSuch, NotNow, OfMail, OfPreset, OfQueue, OfToken,
    },
    attendee_sync_app::ReconciledSchedules,
    attendee_sync_app::ports::{DeadLetterQueue, ReadMail, StoredMail},
    attendee_sync_domain::config::EventDocument,
};

api! {
    // The folder has the mails of all communities.
    /// Lists the mails in the folder, the newest first.
    get("/mail", Everywhere(Read), mail::list) {
        tag = "mail",
        params(Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<StoredMail>), BadQuery, NoSuch)
    }

    /// Returns one mail of the folder.
    get("/mail/{name}", Everywhere(Read), mail::one) {
        tag = "mail",
        params(OfMail),
        responses((status = 200, description = "The mail.", body = ReadMail), NoSuch)
    }

    /// Lists the presets from which new events can be made.
    get("/presets", Somewhere(Read), presets::list) {
        tag = "presets",
        responses((status = 200, description = "All of them, by name.", body = ListPage<PresetView>))
    }

    /// Makes an event's document from a preset.
    ///
    /// The document contains a given credential, as `PUT /events/{event}/configuration` requires
    /// it, and the name of a secret for one that was not given.
    post("/presets/{preset}/document", Somewhere(Administer), presets::document) {
        tag = "presets",
        params(OfPreset),
        request_body = TypedAnswers,
        responses((status = 200, description = "The document; it is not stored.", body = EventDocument), BadBody, NoSuch)
    }

    // A token can be for every community, and a failed job can be about any.
    /// Lists the further tokens.
    get("/tokens", Everywhere(Administer), tokens::list) {
        tag = "tokens",
        responses((status = 200, description = "All of them, by name.", body = ListPage<TokenView>))
    }

    /// Creates a further token.
    ///
    /// It works within a minute, with the permissions of its role.
    post("/tokens", Everywhere(Administer), tokens::add) {
        tag = "tokens",
        request_body = TokenWanted,
        responses((status = 201, description = "The token.", body = NewToken), BadBody, NoSuch, NotNow)
    }

    /// Revokes a further token.
    ///
    /// It stops working within a minute, and so do the sessions that it opened.
    delete("/tokens/{name}", Everywhere(Administer), tokens::revoke) {
        tag = "tokens",
        params(OfToken),
        responses((status = 204, description = "It is revoked."), NoSuch)
    }

    /// Lists the failed jobs, which were given up after a few attempts, queue by queue.
    get("/failed-jobs", Everywhere(Administer), dead_letters::list) {
        tag = "queues",
        responses((status = 200, description = "Every queue.", body = ListPage<DeadLetterQueue>), NoSuch, NoQueue)
    }

    /// Has the failed jobs of a queue tried again.
    ///
    /// Work that a job already did is not done twice.
    post("/failed-jobs/{queue}/redrive", Everywhere(Administer), dead_letters::redrive) {
        tag = "queues",
        params(OfQueue),
        responses((status = 202, description = "The failed jobs are being retried."), NoSuch, NoQueue)
    }

    /// Makes the schedules that start syncs what the table says: creates, changes and removes them.
    ///
    /// It is also done once a day by itself. A request works for 15 seconds; ask again with `next_cursor` until there is
    /// none. Asked again, it changes nothing.
    post("/schedules/reconcile", Everywhere(Administer), schedules::reconcile) {
        tag = "schedules",
        params(AfterCursor),
        responses((status = 200, description = "What was done.", body = ReconciledSchedules), BadQuery)
    }

    /// Says that the program runs.
    get("/health", Open(OpenTo::Programs), about::health) {
        tag = "about",
        security(()),
        responses((status = 200, description = "The program runs.", body = Health))
    }

    /// Returns the description of the API, which is this document.
    get("/openapi.json", Open(OpenTo::Programs), about::openapi) {
        tag = "about",
        security(()),
        responses((status = 200, description = "This document.", body = serde_json::Value))
    }

    /// Returns the JSON Schema of the document that configures an event.
    get("/schema/event.json", Open(OpenTo::Programs), about::event_schema) {
        tag = "about",
        security(()),
        responses((
            status = 200,
            description = "The schema, by draft 2020-12.",
            body = serde_json::Value,
            content_type = "application/schema+json"
        ))
    }
}
