//! The routes of the console: each with its method, path, need and handler.

use attendee_sync_domain::authority::Permission::{Administer, Assist, LookUp, Operate, Read};

use super::setup::{check, connect, fields, list, live, rules};
use super::{
    account, attendees, audit, badges, by_hand, configuration, configuration_history, configurator,
    dead_letters, delete_event, doctor, dossier, events, frame, group_edit, groups, help_desk,
    hooks, import, invitation_hold, invitations, invite, mail, new_event, new_form, organisation,
    person, preset, preview, reminders, run, runs, saved_filters, selection, sign_in, suppressions,
    tokens, unsubscribe, upload,
};
use crate::lists::export;
use crate::permits::Need::{Anybody, Everywhere, Open, Somewhere, There};
use crate::permits::OpenTo;
use crate::routes::RouteRegistry;

/// Adds all routes of the console.
pub(crate) fn add(routes: RouteRegistry) -> RouteRegistry {
    [people, running, setting_up, step_by_step, mailing]
        .into_iter()
        .fold(routes, |routes, add| add(routes))
}

/// Routes for signing in, events, and their attendees.
#[rustfmt::skip]
fn people(routes: RouteRegistry) -> RouteRegistry {
    routes
        .get("/", Somewhere(LookUp), events::page)
        .get("/sign-in", Open(OpenTo::Browsers), sign_in::page)
        .post("/sign-in", Open(OpenTo::Browsers), sign_in::with_token)
        .get("/sign-in/organisation", Open(OpenTo::Browsers), organisation::begin)
        .get("/sign-in/organisation/callback", Open(OpenTo::Browsers), organisation::callback)
        .post("/sign-out", Anybody, sign_in::out)
        .get("/account", Anybody, account::page)
        .post("/sign-out-everywhere", Anybody, account::sign_out_everywhere)
        // The kept form is sent to its original path, and that route checks its own permission.
        .get("/resume", Anybody, account::resume)
        .get("/tokens", Everywhere(Administer), tokens::page)
        .post("/tokens", Everywhere(Administer), tokens::add)
        .post("/tokens/{name}/revoke", Everywhere(Administer), tokens::revoke)
        .get("/events/{event}", There(Read), attendees::page)
        // Searches use forms, because addresses of people do not belong into URLs.
        .post("/events/{event}", There(Read), attendees::find)
        .get("/events/{event}/attendees/file", There(Read), attendees::file)
        .post("/events/{event}/filters", There(Read), saved_filters::change)
        .get("/events/{event}/upload", There(Operate), upload::page)
        .post("/events/{event}/upload", There(Operate), upload::submit)
        .post("/events/{event}/selection", There(Operate), selection::act)
        .get("/events/{event}/import", There(Operate), import::page)
        .post("/events/{event}/import", There(Operate), import::upload)
        .get("/events/{event}/import/{list}", There(Operate), import::preview)
        .post("/events/{event}/import/{list}", There(Operate), import::confirm)
        .post("/events/{event}/imports/{import}/undo", There(Operate), import::undo)
        .get("/events/{event}/badges", There(Read), badges::page)
        .post("/events/{event}/badges", There(Operate), badges::check_again)
        .get("/events/{event}/help-desk", There(LookUp), help_desk::page)
        .post("/events/{event}/help-desk", There(LookUp), help_desk::look)
        .post("/events/{event}/help-desk/source", There(Assist), help_desk::query_source)
        .post("/events/{event}/help-desk/sync", There(Assist), help_desk::sync)
        .get("/events/{event}/add-person", There(Assist), by_hand::add_page)
        .post("/events/{event}/add-person", There(Assist), by_hand::add)
        .post("/events/{event}/people/{person}/edit", There(Operate), by_hand::edit)
        .post("/events/{event}/people/{person}/remove", There(Operate), by_hand::remove)
        .post("/events/{event}/people/{person}/release", There(Operate), by_hand::release)
        .get("/events/{event}/people/{person}", There(LookUp), person::page)
        .post("/events/{event}/people/{person}/invite", There(Assist), person::invite)
        .post("/events/{event}/people/{person}/block", There(Assist), person::block)
        .post("/events/{event}/people/{person}/erase", There(Administer), person::erase)
        .get("/events/{event}/people/{person}/dossier", There(Administer), dossier::page)
        .get("/events/{event}/people/{person}/dossier/file", There(Administer), dossier::file)
        .post("/events/{event}/people/{person}/groups", There(Operate), person::group)
        .get("/events/{event}/groups", There(Read), groups::page)
        .post("/events/{event}/groups", There(Operate), groups::change)
        .get("/events/{event}/groups/{group}", There(Read), groups::one)
        .get("/events/{event}/new-group", There(Operate), group_edit::new)
        .post("/events/{event}/new-group", There(Operate), group_edit::create)
        .get("/events/{event}/groups/{group}/edit", There(Operate), group_edit::edit)
        .post("/events/{event}/groups/{group}/edit", There(Operate), group_edit::change)
        .get("/events/{event}/groups/{group}/delete", There(Operate), group_edit::deletion)
        .post("/events/{event}/groups/{group}/delete", There(Operate), group_edit::delete)
}

/// Routes about runs.
#[rustfmt::skip]
fn running(routes: RouteRegistry) -> RouteRegistry {
    routes
        .get("/events/{event}/progress", There(LookUp), runs::progress)
        .get("/events/{event}/runs", There(Read), runs::list)
        .post("/events/{event}/runs", There(Operate), runs::begin)
        .get("/events/{event}/runs/file", There(Read), export::runs)
        .get("/events/{event}/runs/{number}", There(Read), run::page)
        .post("/events/{event}/runs/{number}", There(Read), run::find)
        .get("/events/{event}/runs/{number}/changes/file", There(Read), run::changes_file)
        .get("/events/{event}/runs/{number}/issues/file", There(Read), run::issues_file)
        .post("/events/{event}/runs/{number}/approve", There(Operate), run::approve)
        .post("/events/{event}/runs/{number}/discard", There(Operate), run::discard)
        .post("/events/{event}/runs/{number}/stop", There(Operate), run::stop)
}

/// Routes about configurations, before and after they are stored.
#[rustfmt::skip]
fn setting_up(routes: RouteRegistry) -> RouteRegistry {
    routes
        .get("/new-event", Somewhere(Administer), new_event::page)
        .post("/new-event", Somewhere(Administer), new_event::save)
        .post("/new-event/test", Somewhere(Administer), new_event::test)
        .get("/new-event/form", Somewhere(Administer), new_form::page)
        .post("/new-event/form", Somewhere(Administer), new_form::save)
        .post("/new-event/form/test", Somewhere(Administer), new_form::test)
        .post("/new-event/form/rows", Somewhere(Administer), new_form::rows)
        .get("/new-event/presets/{preset}", Somewhere(Administer), preset::page)
        .post("/new-event/presets/{preset}", Somewhere(Administer), preset::fill)
        .get("/events/{event}/doctor", There(Read), doctor::page)
        .post("/events/{event}/doctor", There(Operate), doctor::begin)
        .get("/events/{event}/doctor/progress", There(Read), doctor::progress)
        .post("/events/{event}/preview", There(Operate), preview::page)
        .get("/events/{event}/hooks", There(Read), hooks::page)
        .post("/events/{event}/hooks", There(Administer), hooks::save)
        .post("/events/{event}/hooks/address", There(Administer), hooks::make_address)
        .get("/events/{event}/delete", There(Administer), delete_event::page)
        .post("/events/{event}/delete", There(Administer), delete_event::act)
        .get("/events/{event}/configuration", There(Read), configurator::page)
        .post("/events/{event}/configuration", There(Administer), configurator::save)
        .post("/events/{event}/configuration/test", There(Administer), configurator::test)
        .post("/events/{event}/configuration/rows", There(Administer), configurator::rows)
        .get("/events/{event}/configuration/document", There(Read), configuration::page)
        .get("/events/{event}/configuration/history", There(Read), configuration_history::page)
        .post("/events/{event}/configuration/history/{version}/restore", There(Administer), configuration_history::restore)
        .post("/events/{event}/configuration/document", There(Administer), configuration::save)
        .post("/events/{event}/configuration/document/test", There(Administer), configuration::test)
}

/// Routes of the steps for a new event.
#[rustfmt::skip]
fn step_by_step(routes: RouteRegistry) -> RouteRegistry {
    routes
        .get("/new-event/steps", Somewhere(Administer), connect::first)
        .post("/new-event/steps", Somewhere(Administer), connect::begin)
        .get("/new-event/steps/{handle}/connect", Somewhere(Administer), connect::page)
        .post("/new-event/steps/{handle}/connect", Somewhere(Administer), connect::submit)
        .get("/new-event/steps/{handle}/list", Somewhere(Administer), list::page)
        .post("/new-event/steps/{handle}/list", Somewhere(Administer), list::submit)
        .get("/new-event/steps/{handle}/fields", Somewhere(Administer), fields::page)
        .post("/new-event/steps/{handle}/fields", Somewhere(Administer), fields::submit)
        .get("/new-event/steps/{handle}/rules", Somewhere(Administer), rules::page)
        .post("/new-event/steps/{handle}/rules", Somewhere(Administer), rules::submit)
        .get("/new-event/steps/{handle}/check", Somewhere(Administer), check::page)
        .post("/new-event/steps/{handle}/check", Somewhere(Administer), check::save)
        .get("/new-event/steps/{handle}/live", Somewhere(Administer), live::page)
}

/// Invitations, and mail in general.
#[rustfmt::skip]
fn mailing(routes: RouteRegistry) -> RouteRegistry {
    routes
        .get("/events/{event}/invitations", There(Read), invitations::page)
        .post("/events/{event}/invitations", There(Administer), invitations::save)
        .post("/events/{event}/invitations/preview", There(Operate), invitations::preview)
        .get("/events/{event}/invitations/preview/{handle}", There(Operate), frame::sample)
        .post("/events/{event}/invitations/test", There(Operate), invitations::test)
        .post("/events/{event}/invitations/release", There(Administer), invitation_hold::release)
        .get("/events/{event}/reminders", There(Read), reminders::page)
        .get("/events/{event}/invitations/invite", There(Operate), invite::page)
        .post("/events/{event}/invitations/invite", There(Operate), invite::ask)
        .get("/failed-jobs", Everywhere(Administer), dead_letters::page)
        .post("/failed-jobs/{queue}", Everywhere(Administer), dead_letters::again)
        .get("/mail", Everywhere(Read), mail::list)
        .get("/mail/{name}", Everywhere(Read), mail::one)
        .get("/mail/{name}/html", Everywhere(Read), frame::mail)
        .get("/communities/{community}/audit", There(Read), audit::page)
        .get("/communities/{community}/audit/file", There(Read), export::audit)
        .get("/communities/{community}/suppressions", There(Read), suppressions::page)
        .get("/communities/{community}/suppressions/file", There(Read), export::suppressions)
        .post("/communities/{community}/suppressions", There(Operate), suppressions::add)
        .post("/communities/{community}/suppressions/lift", There(Operate), suppressions::lift)
        .get("/unsubscribe/{token}", Open(OpenTo::MailLink), unsubscribe::ask)
        .post("/unsubscribe/{token}", Open(OpenTo::MailLink), unsubscribe::end)
}
