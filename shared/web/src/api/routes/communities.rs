//! Routes about communities: their events, groups, users and suppressions.

use attendee_sync_domain::authority::Permission::{Administer, Admit, LookUp, Operate, Read};

use super::api;
use crate::api::{audit, dossier, groups, invitation_hold, lists, people, suppressions, users};
use crate::permits::Need::{Somewhere, There};
#[cfg(test)]
use {
    crate::api::groups::{ChangedGroup, DeletionQuery, NewGroup},
    crate::api::lists::{CommunityJson, EventJson},
    crate::api::people::{ListedPerson, WhatCame},
    crate::api::users::TypedUser,
    crate::lists::filters::UserQuery,
    crate::lists::paging::{ListPage, Paging},
    crate::openapi::{
        BadBody, BadQuery, Contended, NoAddress, NoGroup, NoSuch, NotNow, OfAddress, OfCommunity,
        OfGroup, OfMember,
    },
    attendee_sync_app::{
        Dossier, EditedUser, Granted, GroupDetails, GroupOutcome, GroupView, MemberView,
        SuppressionView, UserView,
    },
    attendee_sync_domain::audit::AuditEntry,
};

api! {
    /// Lists the communities that the caller may see.
    get("/communities", Somewhere(LookUp), lists::communities) {
        tag = "communities",
        responses((status = 200, description = "The communities, by name.", body = ListPage<CommunityJson>))
    }

    /// Lists a community's events with their newest runs.
    get("/communities/{community}/events", There(LookUp), lists::events) {
        tag = "communities",
        params(OfCommunity, Paging),
        responses((status = 200, description = "A page of them, by name.", body = ListPage<EventJson>), BadQuery, NoSuch)
    }

    /// Lists a community's groups with how many members each has.
    get("/communities/{community}/groups", There(Admit), lists::groups) {
        tag = "communities",
        params(OfCommunity),
        responses((status = 200, description = "All of them, by name.", body = ListPage<GroupView>), NoSuch)
    }

    /// Lists what people changed in a community, the newest first.
    ///
    /// It also says who signed in and out, and who downloaded files of people and of runs' logs. Entries are kept for 400 days. They name people by their ids alone.
    get("/communities/{community}/audit", There(Read), audit::list) {
        tag = "communities",
        params(OfCommunity, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<AuditEntry>), BadQuery, NoSuch)
    }

    /// Lists a community's suppressed addresses, which get no mail.
    get("/communities/{community}/suppressions", There(Read), suppressions::list) {
        tag = "suppressions",
        params(OfCommunity, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<SuppressionView>), BadQuery, NoSuch)
    }

    /// Suppresses an address: it gets no more mail from the community.
    ///
    /// A stronger reason that is already stored stays.
    put("/communities/{community}/suppressions/{email}", There(Operate), suppressions::add) {
        tag = "suppressions",
        params(OfAddress),
        responses((status = 204, description = "The address is suppressed."), NoSuch, NoAddress)
    }

    /// Allows mail to a suppressed address again.
    delete("/communities/{community}/suppressions/{email}", There(Operate), suppressions::lift) {
        tag = "suppressions",
        params(OfAddress),
        responses((status = 204, description = "The address can get mail again."), NoSuch, NoAddress)
    }

    /// Releases a community's invitations that are held since a backup was restored.
    ///
    /// `held_since_restore` of an event's invitations says whether they are. It is unknown who got
    /// an invitation after the backup was made: these people get it again. Where nothing is held,
    /// nothing changes.
    post("/communities/{community}/invitations/release", There(Administer), invitation_hold::release) {
        tag = "invitations",
        params(OfCommunity),
        responses((status = 204, description = "The invitations are being sent, one after the other."), NoSuch)
    }

    /// Lists all users, or those whose address or name contains the words of `search`.
    get("/communities/{community}/users", There(Read), people::users) {
        tag = "people",
        params(OfCommunity, UserQuery, Paging),
        responses((status = 200, description = "A page of them; with `search` all that are found, 50 at most, more briefly.", body = ListPage<ListedPerson>), BadQuery, NoSuch)
    }

    /// Returns one user with their profile, groups and events.
    get("/communities/{community}/users/{email}", There(Read), people::user) {
        tag = "people",
        params(OfAddress),
        responses((status = 200, description = "The user.", body = UserView), NoSuch, NoAddress)
    }

    /// Makes a user who need not attend anything, or edits the profile of one.
    ///
    /// A sync that feeds the user sets the fields again that its mapping sets always.
    put("/communities/{community}/users/{email}", There(Operate), users::put) {
        tag = "people",
        params(OfAddress),
        request_body = TypedUser,
        responses((status = 200, description = "The user.", body = EditedUser), (status = 201, description = "The user, who is new.", body = EditedUser), BadBody, NoSuch, NotNow, Contended)
    }

    /// Erases a user for good from the whole community, as the delete flag does.
    delete("/communities/{community}/users/{email}", There(Administer), people::erase) {
        tag = "people",
        params(OfAddress),
        responses((status = 200, description = "What was erased.", body = WhatCame), NoSuch, NoAddress, Contended)
    }

    /// Gives everything that is stored about a person, and nothing about anybody else.
    ///
    /// Items are as they are stored. Where nothing is stored about the address, there are no items. The audit log says who opened it.
    get("/communities/{community}/users/{email}/dossier", There(Administer), dossier::open) {
        tag = "people",
        params(OfAddress),
        responses((status = 200, description = "The dossier.", body = Dossier), NoSuch, NoAddress)
    }

    /// Returns a group, its members counted by grantor, and the events whose rules name it.
    get("/communities/{community}/groups/{group}", There(Admit), people::group) {
        tag = "groups",
        params(OfGroup),
        responses((status = 200, description = "The group.", body = GroupDetails), NoSuch, NoGroup)
    }

    /// Makes a group that has no members yet.
    post("/communities/{community}/groups", There(Operate), groups::create) {
        tag = "groups",
        params(OfCommunity),
        request_body = NewGroup,
        responses((status = 201, description = "The group.", body = GroupOutcome), BadBody, NoSuch, NotNow, Contended)
    }

    /// Gives a group another name, or sets something about it.
    ///
    /// Members follow to another name, however they came into the group. `notices` says whose sync makes a group of the
    /// old name again.
    patch("/communities/{community}/groups/{group}", There(Operate), groups::change) {
        tag = "groups",
        params(OfGroup),
        request_body = ChangedGroup,
        responses((status = 200, description = "The group.", body = GroupOutcome), BadBody, NoSuch, NotNow, Contended)
    }

    /// Deletes a group, also of whoever was put there by hand.
    ///
    /// `notices` says whose sync makes a group of its name again.
    delete("/communities/{community}/groups/{group}", There(Operate), groups::delete) {
        tag = "groups",
        params(OfGroup, DeletionQuery),
        responses((status = 200, description = "The group as it was.", body = GroupOutcome), BadQuery, NoSuch, NoGroup, Contended)
    }

    /// Lists the members of a group, with who added them.
    get("/communities/{community}/groups/{group}/members", There(Admit), people::members) {
        tag = "groups",
        params(OfGroup, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<MemberView>), BadQuery, NoSuch, NoGroup)
    }

    /// Adds a user to a group by hand, and creates the group where it is new.
    ///
    /// No sync removes them again.
    put("/communities/{community}/groups/{group}/members/{email}", There(Operate), people::grant) {
        tag = "groups",
        params(OfMember),
        responses((status = 200, description = "The user is in the group.", body = Granted), NoSuch, NoGroup, Contended)
    }

    /// Revokes a membership that was given by hand. What a sync gave stays.
    delete("/communities/{community}/groups/{group}/members/{email}", There(Operate), people::revoke) {
        tag = "groups",
        params(OfMember),
        responses((status = 200, description = "Who still puts them there, if anybody does.", body = Granted), NoSuch, NoGroup, Contended)
    }
}
