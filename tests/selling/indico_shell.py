"""What a manager does in Indico, done in its own Python: run by tests/real/indico with Indico's interpreter.

    python indico_shell.py serve PORT | fill | change

Indico has no interface by which people register, so its own functions are called, those that its pages call. `fill` and
`change` print one line: RESULT and a JSON object.
"""
from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone

from indico.core.config import config
from indico.core.db import db
from indico.web.flask.app import make_app


def fill() -> dict:
    """Makes an event with a form, its manager's token, tags, and registrations in every state."""
    from indico.core.oauth.models.personal_tokens import PersonalToken
    from indico.modules.categories import Category
    from indico.modules.events.features.util import set_feature_enabled
    from indico.modules.events.models.events import EventType
    from indico.modules.events.operations import create_event
    from indico.modules.events.registration.models.forms import ModificationMode, RegistrationForm
    from indico.modules.events.registration.models.tags import RegistrationTag
    from indico.modules.events.registration.util import create_personal_data_fields
    from indico.modules.users import User

    manager = User(first_name="Mira", last_name="Manager", email="mira@indico.example", is_admin=True)
    db.session.add(manager)
    db.session.flush()
    token = PersonalToken(user=manager, name="trial", scopes={"registrants"})
    secret = token.generate_token()
    begin = datetime.now(timezone.utc) + timedelta(days=30)
    event = create_event(Category.get_root(), EventType.conference, {
        "title": "DevCon", "timezone": "UTC", "start_dt": begin, "end_dt": begin + timedelta(days=2), "creator": manager})
    set_feature_enabled(event, "registration", True)
    form = RegistrationForm(event=event, title="Participants", currency="EUR",
                            modification_mode=ModificationMode.allowed_always)
    db.session.add(form)
    create_personal_data_fields(form)
    form.moderation_enabled = True
    for field in form.form_items:
        if field.parent_id is not None or field.parent is not None:
            field.is_enabled = True
    for title in ("Speaker", "VIP, gold"):
        event.registration_tags.append(RegistrationTag(title=title, color="blue"))
    db.session.commit()  # Numbers of registrations are counted in a session of their own.
    people = [("grace.okoro@example.org", "Grace", "Okoro", {"title": "Dr", "affiliation": "Nimbus & Daughters",
                                                             "position": "Engineer", "country": "NL"}, ["Speaker"]),
              ("juan.rey@example.com", "Juan", "del Rey", {}, ["Speaker", "VIP, gold"]),
              ("lin.wei@example.net", "Lin", "Wei", {"affiliation": "Harbour"}, []),
              ("ola.berg@example.org", "Ola", "Berg", {}, []),
              ("rita.alves@example.org", "Rita", "Alves", {}, [])]
    made = {email: register(form, email, first, last, more, tags) for email, first, last, more, tags in people}
    made["wanda.wait@example.org"] = register(form, "wanda.wait@example.org", "Wanda", "Wait", {}, [], is_approved=False)
    return {"token": secret, "event": event.id, "form": form.id, "people": made}


def register(form, email: str, first: str, last: str, more: dict, tags: list[str], is_approved: bool = True) -> int:
    """Registers somebody by the form; gives the registration's number."""
    from indico.modules.events.registration.util import create_registration
    registration = create_registration(form, answers(form, email=email, first_name=first, last_name=last, **more),
                                       notify_user=False, skip_moderation=is_approved)
    registration.tags = {tag for tag in form.event.registration_tags if tag.title in tags}
    db.session.flush()
    return registration.id


def answers(form, **values: str) -> dict:
    """A form's answers by the fields' names in the page, as the page sends them."""
    found = {}
    for field in form.active_fields:
        if field.personal_data_type is None or field.personal_data_type.name not in values:
            continue
        name, value = field.personal_data_type.name, values[field.personal_data_type.name]
        if name == "affiliation":
            value = {"id": None, "text": value}
        elif name == "title":
            value = {choice: 1 for choice, caption in field.data["captions"].items() if caption == value}
        found[field.html_field_name] = value
    return found


def change() -> dict:
    """Renames somebody, gives a registration to somebody else, withdraws, rejects and approves, tags, and registers anew."""
    from indico.modules.events.registration.models.forms import RegistrationForm
    from indico.modules.events.registration.models.registrations import Registration
    from indico.modules.events.registration.util import modify_registration

    form = RegistrationForm.query.one()
    people = {registration.email: registration for registration in Registration.query}

    def edit(address: str, **values: str) -> None:
        registration = people[address]
        kept = {"email": registration.email, "first_name": registration.first_name, "last_name": registration.last_name}
        modify_registration(registration, answers(form, **(kept | values)), management=True, notify_user=False)

    edit("grace.okoro@example.org", last_name="Okoro-Lind")
    edit("lin.wei@example.net", email="noor.haddad@example.net", first_name="Noor", last_name="Haddad")
    people["ola.berg@example.org"].update_state(withdrawn=True)
    people["rita.alves@example.org"].is_deleted = True
    people["wanda.wait@example.org"].update_state(approved=True)
    people["juan.rey@example.com"].tags = {tag for tag in form.event.registration_tags if tag.title == "VIP, gold"}
    db.session.flush()
    return {"new": register(form, "kofi.mensah@example.org", "Kofi", "Mensah", {}, ["Speaker"])}


def main() -> None:
    app = make_app()
    if sys.argv[1] == "serve":
        from werkzeug.serving import run_simple
        run_simple("127.0.0.1", int(sys.argv[2]), app, threaded=True)
        return
    with app.app_context():
        address = config.BASE_URL
    with app.test_request_context(base_url=address):
        result = {"fill": fill, "change": change}[sys.argv[1]]()
        db.session.commit()
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    main()
