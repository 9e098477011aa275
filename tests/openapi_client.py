"""Asks a started `serve` as the event app does, by a client that was generated from its description.

    tests/openapi_client.py BASE TOKEN

The client is the package `attendee_sync_client` beside which it is started; `tests/openapi.sh` generates it.
"""
from __future__ import annotations

import datetime
import sys
from typing import TypeVar

from attendee_sync_client import AuthenticatedClient
from attendee_sync_client.api.app import app_audience, app_edit_own_profile, app_report_activity
from attendee_sync_client.api.attendees import attendees_access, attendees_attendee, attendees_attendees
from attendee_sync_client.api.communities import communities_list
from attendee_sync_client.api.tokens import tokens_add
from attendee_sync_client.models import (
    AccessAnswer, ActivityReport, AppActivity, AttendeeView, AudienceMember, HttpProblem, ListPageAttendeeView,
    ListPageAuditEntry, ListPageAudienceMember, NewToken, OwnProfileEdit, OwnProfileEditProfile, ProfileField, Role,
    WantedToken,
)

T = TypeVar("T")
EVENT = "sample-event"
base, owner_token = sys.argv[1:]


def asking(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=base, token=token, raise_on_unexpected_status=True)


def of(kind: type[T], answer: object) -> T:
    """The answer, which has to be of this type."""
    assert isinstance(answer, kind), f"{answer!r} is no {kind.__name__}"
    return answer


def app_token() -> str:
    wanted = WantedToken(name="event-app", role=Role.APP, communities=["sample"])
    return of(NewToken, tokens_add.sync(client=asking(owner_token), body=wanted)).token


def main() -> None:
    owner = asking(owner_token)
    people = of(ListPageAttendeeView, attendees_attendees.sync(EVENT, client=owner, limit=100)).items
    someone = next(person for person in people if person.groups)
    email, app = someone.email, asking(app_token())

    access = of(AccessAnswer, attendees_access.sync(EVENT, email, client=app))
    assert access.allowed and access.groups == someone.groups, access
    assert ProfileField.FIRST_NAME.value in access.locked_fields, access.locked_fields
    profile = of(AttendeeView, attendees_attendee.sync(EVENT, email, client=app))
    assert profile.profile["first_name"] == someone.profile["first_name"], profile
    assert isinstance(profile.updated, datetime.datetime), profile

    group = access.groups[0]
    audience = of(ListPageAudienceMember, app_audience.sync(EVENT, client=app, groups=group, limit=500))
    members = [of(AudienceMember, member) for member in audience.items]
    assert email in [member.email for member in members], members
    assert all(group in member.groups for member in members), members

    entered = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    report = ActivityReport(has_account=True, entered_at=entered)
    activity = of(AppActivity, app_report_activity.sync(EVENT, email, client=app, body=report))
    assert activity.has_account and activity.entered_at == entered, activity

    free = next(field.value for field in ProfileField if field.value not in access.locked_fields)
    edited = of(AttendeeView, edit(app, email, {free: "Written by the person"}))
    assert edited.profile[free] == "Written by the person", edited.profile

    # Every refusal is a problem with its type.
    locked = of(HttpProblem, edit(app, email, {ProfileField.FIRST_NAME.value: "Other"}))
    assert locked.status == 422 and locked.problems[0].path == "profile.first_name", locked
    nobody = of(HttpProblem, attendees_attendee.sync(EVENT, "nobody@example.org", client=app))
    assert nobody.status == 404 and nobody.detail, nobody
    other_role = of(HttpProblem, attendees_attendees.sync(EVENT, client=app))
    assert other_role.status == 403, other_role
    stranger = of(HttpProblem, attendees_access.sync(EVENT, email, client=asking("wrong")))
    assert stranger.status == 401, stranger

    # What the audit log has is told apart by its action.
    log = of(ListPageAuditEntry, communities_list.sync("sample", client=owner))
    actions = {entry.action: entry for entry in log.items}
    assert actions["profile_edited_in_app"].at.tzinfo, log.items
    print("a generated client asks, reports, edits, and reads every refusal")


def edit(app: AuthenticatedClient, email: str, changes: dict[str, str]) -> object:
    profile = OwnProfileEditProfile()
    profile.additional_properties.update(changes)
    return app_edit_own_profile.sync(EVENT, email, client=app, body=OwnProfileEdit(profile=profile))


if __name__ == "__main__":
    main()
