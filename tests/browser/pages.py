"""Every page in its states, as a list: to add one is to add a line.

A line says who looks (signed in, newcomer on an empty directory, stranger), the page, its state, how
one gets there, what is to be read there, and the status where it is not 200.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterator

from playwright.sync_api import Error, Page, Route, expect

from audit import Auditor
from scene import WHO, Scene

Way = Callable[[Page, dict[str, Any]], None]


def visit(path: str) -> Way:
    def go(page: Page, places: dict[str, Any]) -> None:
        page.goto(path.format(**places))
    return go


def press(path: str, button: str, fields: dict[str, str] | None = None, inside: str = "",
          form: str = "main") -> Way:
    """Opens a page, a folded part of it where one is named, types into fields, presses a button."""
    def go(page: Page, places: dict[str, Any]) -> None:
        page.goto(path.format(**places))
        if inside:
            page.get_by_text(inside, exact=True).click()
        for label, text in (fields or {}).items():
            page.get_by_label(label).fill(text)
        page.locator(form).get_by_role("button", name=button).first.click()
        page.wait_for_load_state()
    return go


def tampered(path: str, what: str, value: str, button: str, inside: str = "") -> Way:
    """Sends a form with another hidden field, or to another address (`action`), than was given out."""
    def go(page: Page, places: dict[str, Any]) -> None:
        page.goto(path.format(**places))
        if inside:
            page.get_by_text(inside, exact=True).click()
        for form in page.locator("main form").all():
            form.evaluate(TAMPER, [what, value])
        page.get_by_role("main").get_by_role("button", name=button).first.click()
        page.wait_for_load_state()
    return go


TAMPER = """(form, [what, value]) => {
  if (what === "action") form.action = value;
  else if (form.elements[what]) form.elements[what].value = value;
}"""


def person(event: str, email: str) -> Way:
    """A person's page, as the help desk finds it: its address has an id that nobody knows before."""
    return press(f"/events/{event}/help-desk", "Look up", {WHO: email})


def dossier(event: str, email: str) -> Way:
    """The dossier of somebody, from their page."""
    first = person(event, email)

    def go(page: Page, places: dict[str, Any]) -> None:
        first(page, places)
        page.get_by_role("link", name="Everything stored about this person").click()
        page.wait_for_load_state()
    return go


def preset(**more: str) -> Way:
    fields = {"Name": "DevCon", "Event ID": "from-preset", "Community ID": "acme",
              "The address of the API": "https://nowhere.example", "The event's API id": "evt-1",
              "The calendar's API key": "k3y"}
    return press("/new-event/presets/luma", "Continue", fields | more)


def set_up(*buttons: str) -> Way:
    """A new event step by step, from an address that answers, on to the page behind these buttons."""
    def go(page: Page, places: dict[str, Any]) -> None:
        press("/new-event/steps", "Connect", {
            "Event name": "Step by step", "Address of the list": "{source}/unusual".format(**places)})(page, places)
        for button in buttons:
            page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
            page.wait_for_load_state()
    return go


def set_up_with(buttons: tuple[str, ...], inside: str, fields: dict[str, str], button: str) -> Way:
    """The same, and then something typed into a folded part of that page, and sent."""
    def go(page: Page, places: dict[str, Any]) -> None:
        set_up(*buttons)(page, places)
        page.get_by_text(inside, exact=True).click()
        for label, text in fields.items():
            page.get_by_label(label, exact=True).fill(text)
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state()
    return go


def asked(event: str, email: str) -> Way:
    """A person's page with what the source says of them now."""
    first = person(event, email)

    def go(page: Page, places: dict[str, Any]) -> None:
        first(page, places)
        page.get_by_role("main").get_by_role("button", name="Check the source now").click()
        page.wait_for_load_state()
    return go


def chosen(path: str, action: str, group: str = "", sure: str = "", count: int = 2) -> Way:
    """Ticks the first people of a list, and asks for something with them; and is sure of it."""
    def go(page: Page, places: dict[str, Any]) -> None:
        page.goto(path.format(**places))
        main = page.get_by_role("main")
        for number in range(count):
            main.get_by_role("checkbox", name="Select ").nth(number).check()
        main.locator("select[name=action]").select_option(label=action)
        if group:
            main.locator("input[name=into]").fill(group)
        main.get_by_role("button", name="Continue…").click()
        if sure:
            main.get_by_role("button", name=sure).click()
    return go


def listed(path: str, content: str, button: str = "") -> Way:
    """Uploads a list of people to import, and presses a button of what is shown then."""
    def go(page: Page, places: dict[str, Any]) -> None:
        page.goto(path.format(**places))
        chosen_file = {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.get_by_label("List of people: CSV or XLSX").set_input_files(chosen_file)
        page.get_by_role("button", name="Preview the import").click()
        if button:
            page.get_by_role("button", name=button).click()
        page.wait_for_load_state()
    return go


LIST = "E-mail,First name,Last name,Company,Shirt\nimported@example.org,Wanda,Walker,Walks Ltd,L\nbroken,No,Address,,M\n"


def letter(path: str) -> Way:
    """Shows a mail's HTML as a mail program does: its policy here keeps axe from running, too."""
    def go(page: Page, places: dict[str, Any]) -> None:
        html = page.request.get(path.format(**places)).text()
        page.goto("about:blank")
        page.set_content(html)
    return go


@dataclass(frozen=True)
class Line:
    who: str
    page: str
    state: str
    way: Way
    text: str
    status: int = 200
    # Rules that are not for it.
    aside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.page}, {self.state}"


IN, NEW, OUT = "signed in", "newcomer", "stranger"

BLOCKING = "Remove from the event and block"
COLUMNS = "email.job_title.company.country.groups.invitation.status.source_id.added.updated"
DOCUMENT = "The document, in JSON"
CHANGE = "Change the configuration, or test the connection"
CONFIGURATION = "/events/unusual/configuration"
TEXT = f"{CONFIGURATION}/document"
LETTERS = "/events/mailed/invitations"
PEOPLE = "/communities/letters/suppressions"

# A mail is no page: it has no landmarks, and only its writer knows its language.
OF_PAGES = ("region", "landmark-one-main", "html-has-lang")

PAGES = [
    Line(OUT, "sign-in", "typical", visit("/sign-in"), "Or paste an API token"),
    Line(OUT, "sign-in", "wrong token", press("/sign-in", "Sign in", {"API token": "guess"}), "Wrong or revoked token", 401),
    Line(OUT, "sign-in", "used link", visit("/sign-in?token=0123"), "This sign-in link was used already", 401),
    Line(IN, "events", "typical", visit("/"), "Sample event"),
    Line(NEW, "events", "empty", visit("/"), "No event is configured yet."),
    Line(IN, "events", "failing", visit("/?state=failing"), "Every sync has failed since"),
    Line(IN, "events", "none match", visit("/?search=zzzz"), "No events match."),
    Line(IN, "account", "typical", visit("/account"), "Sign out everywhere"),
    Line(IN, "tokens", "typical", visit("/tokens"), "Make a token"),
    Line(IN, "tokens", "error", press("/tokens", "Make the token", {"For whom or what": "a/b"}), "People and tokens", 422),
    Line(IN, "tokens", "made", press("/tokens", "Make the token", {"For whom or what": "Registration desk"}), "it is not shown again"),
    Line(OUT, "sign-in", "asked for a page", visit("/events/unusual"), "Sign in to continue"),
    Line(IN, "new event", "choice", visit("/new-event"), "Start from a preset"),
    Line(IN, "new event", "presets found", visit("/new-event?search=pretix"), "Needs "),
    Line(IN, "new event", "presets none", visit("/new-event?search=zzzz"), "No preset has these words."),
    Line(IN, "new event", "document open", press("/new-event", "Test connection", inside="Write it as a document"), "Test not run.", 422),
    Line(IN, "new event", "not JSON", press("/new-event", "Add the event", {DOCUMENT: "{\n"}, inside="Write it as a document"), "this is not JSON", 422),
    Line(IN, "new event", "form", visit("/new-event/form"), "Nothing is saved yet."),
    Line(IN, "new event", "form errors", press("/new-event/form", "Add the event"), "Required.", 422),
    Line(IN, "new event", "steps", visit("/new-event/steps"), "Where are the registrations?"),
    Line(IN, "new event", "steps errors", press("/new-event/steps", "Connect"), "Not connected yet.", 422),
    Line(IN, "new event", "steps list", set_up(), "Which list are the people in?"),
    Line(IN, "new event", "steps fields", set_up("Use this list"), "Their field"),
    Line(IN, "new event", "steps rules", set_up("Use this list", "Continue"), "everybody else attends"),
    Line(IN, "new event", "steps check", set_up("Use this list", "Continue", "Continue"), "What a sync would do"),
    Line(IN, "new event", "steps example", press("/new-event/steps", "Connect", {
        "Event name": "By example", "Example answer": '{"data": {"people": [{"id": 1, "email": "ada@example.org"}]}}'},
        inside="Paste an example answer instead"), "The example has 1 person"),
    Line(IN, "new event", "steps no example", press("/new-event/steps", "Connect", {
        "Event name": "By example", "Example answer": "{"}, inside="Paste an example answer instead"), "Not connected yet.", 422),
    Line(IN, "new event", "steps upload", press("/new-event/steps", "Connect", inside="Upload a list instead"), "drop it here", 422),
    Line(IN, "new event", "steps expression", set_up_with(("Use this list",), "Write expressions instead", {
        "Expression for Company": "company or or first"}, "Continue"), "Correct the expressions marked below.", 422),
    Line(IN, "new event", "steps rule", set_up_with(("Use this list", "Continue"), "Add a rule", {
        "Value": "x"}, "Add this rule"), "Choose a field", 422),
    Line(IN, "new event", "steps code", set_up_with(("Use this list", "Continue"), "Write the rules as code", {
        "Rules as the document writes them": '[{"when": "company is is", "then": "ignore"}]'}, "Use this code"), "Rule 1: ", 422),
    Line(IN, "upload", "typical", visit("/events/uploaded/upload"), "takes its place"),
    Line(IN, "upload", "no list", visit("/events/listless/upload"), "No list is uploaded for this event"),
    Line(IN, "upload", "no file", press("/events/uploaded/upload", "Upload and sync"), "Choose a file first", 422),
    Line(IN, "new event", "steps lost", visit("/new-event/steps/none/list"), "This draft is not kept any more", 404),
    Line(IN, "preset", "typical", visit("/new-event/presets/pretix"), "About pretix"),
    Line(IN, "preset", "errors", preset(**{"Event ID": "No Such Id!"}), "Event ID", 422),
    Line(IN, "preset", "filled", preset(), "Nothing is saved yet."),
    Line(IN, "attendees", "typical", visit("/events/sample-event"), "Last run: run 2"),
    Line(IN, "attendees", "removed", visit("/events/decided?status=removed"), "Removed"),
    Line(IN, "attendees", "unusual", visit("/events/unusual"), "Wolfeschlegelsteinhausenbergerdorff"),
    Line(IN, "attendees", "empty", visit("/events/untouched"), "No attendees yet."),
    Line(IN, "attendees", "nobody registered", visit("/events/nobody"), "No attendees."),
    Line(IN, "attendees", "none removed", visit("/events/unusual?status=removed"), "Nobody was removed from this event."),
    Line(IN, "attendees", "searched", press("/events/unusual", "Show", {"Name or e-mail": "wolfe"}), "Wolfeschlegelsteinhausenbergerdorff"),
    Line(IN, "attendees", "nobody found", press("/events/unusual", "Show", {"Name or e-mail": "zzzz"}), "No attendees match."),
    Line(IN, "selection", "nobody selected", chosen("/events/unusual", BLOCKING, count=0), "Nothing was done", 422),
    Line(IN, "selection", "asked", chosen("/events/unusual", BLOCKING), "Back"),
    Line(IN, "selection", "done", chosen("/events/waiting", "Add to a group", "Choir", "Add"), "Done"),
    Line(IN, "attendees", "columns", visit(f"/events/unusual?columns={COLUMNS}"), "Job title"),
    Line(IN, "attendees", "a page of many", visit("/events/crowded"), "Select all 130 found"),
    Line(IN, "attendees", "print view", visit("/events/unusual?print=yes"), "Back to the list"),
    Line(IN, "attendees", "filters saved", press("/events/decided?status=removed", "Save the filter", {"Name of this filter": "Those who left"}, inside="Save this filter"), "Those who left"),
    Line(IN, "attendees", "filter without a name", press("/events/decided", "Save the filter", {"Name of this filter": "  "}, inside="Save or delete filters"), "Enter a name for the filter.", 422),
    Line(IN, "add a person", "typical", visit("/events/failing/add-person"), "Add to the event"),
    Line(IN, "add a person", "errors", press("/events/failing/add-person", "Add to the event", {"Their e-mail address": "walk@example.org"}), "nobody is an attendee without it", 422),
    Line(IN, "add a person", "added", press("/events/failing/add-person", "Add to the event", {"Their e-mail address": "walk@example.org", "First name": "Wanda", "Last name": "Walker"}), "Added by hand."),
    Line(IN, "import", "empty", visit("/events/failing/import"), "No imports yet."),
    Line(IN, "import", "no file", press("/events/failing/import", "Preview the import"), "Choose a file first.", 422),
    Line(IN, "import", "preview", listed("/events/failing/import", LIST), "1 added, 1 not imported."),
    Line(IN, "import", "columns unknown", listed("/events/failing/import", "A,B\nx,y\n"), "Choose the columns first.", 422),
    Line(IN, "import", "done", listed("/events/failing/import", LIST, "Import 1 person"), "Undo this import"),
    Line(IN, "badges", "empty", visit("/events/untouched/badges"), "No digital badge is checked yet."),
    Line(IN, "reminders", "empty", visit("/events/untouched/reminders"), "Nobody is reminded."),
    Line(IN, "attendees", "sync failed", visit("/events/failing"), "Every sync has failed since"),
    Line(IN, "attendees", "sync under way", visit("/events/slow"), "Sync under way"),
    Line(IN, "attendees", "a run waits", visit("/events/held"), "waits for your decision"),
    Line(IN, "groups", "typical", visit("/events/sample-event/groups"), "Groups of sample"),
    Line(IN, "groups", "empty", visit("/events/untouched/groups"), "This community has no groups yet."),
    Line(IN, "groups", "unusual", visit("/events/unusual/groups"), "A group with a name that is as long"),
    Line(IN, "groups", "nobody known", press("/events/untouched/groups", "Add to the group", {"Group (a new": "VIP", "E-mail address": "nobody@example.org"}, inside="Add somebody by hand"), "No user of the community has this address", 422),
    Line(IN, "group", "typical", visit("/events/sample-event/groups/vip"), "Members who attend this event"),
    Line(IN, "group", "unusual", press("/events/waiting/groups", "Add to the group", {"Group (a new": "A/B & <i>C</i>", "E-mail address": "person2@example.org"}, inside="Add somebody by hand"), "No sync removes it"),
    Line(IN, "group form", "new", visit("/events/sample-event/new-group"), "Create the group"),
    Line(IN, "group form", "error", press("/events/sample-event/new-group", "Create the group", {"Name": "VIP"}), "There is a group", 422),
    Line(IN, "group form", "typical", visit("/events/sample-event/groups/vip/edit"), "Members follow to another name"),
    Line(IN, "group deletion", "typical", visit("/events/sample-event/groups/vip/delete"), "lose this group"),
    Line(IN, "group deletion", "error", press("/events/sample-event/groups/vip/delete", "Delete the group", {"Type VIP": "other"}), "to confirm that this is the group", 422),
    Line(IN, "group", "error", press("/events/sample-event/groups/vip", "Add to the group", {"E-mail address": "nobody@example.org"}, inside="Add somebody by hand"), "No user of the community has this address", 422),
    Line(IN, "audit log", "typical", visit("/communities/sample/audit"), "Started run"),
    Line(IN, "audit log", "empty", visit("/communities/quiet/audit"), "Audit log of quiet"),
    Line(IN, "hooks", "nothing yet", visit("/events/sample-event/hooks"), "can report each change at once"),
    Line(IN, "hooks", "error", press("/events/sample-event/hooks", "Save", {"E-mail address in the report": "["}), "Hooks", 422),
    Line(IN, "hooks", "new address", press("/events/sample-event/hooks", "address"), "it is not shown again"),
    Line(IN, "delete event", "typical", visit("/events/sample-event/delete"), "are deleted permanently"),
    Line(IN, "delete event", "error", press("/events/sample-event/delete", "Delete the event", {"to confirm": "another"}), "Type sample-event to confirm", 422),
    Line(IN, "sync history", "typical", visit("/events/decided/runs"), "Run 2"),
    Line(IN, "sync history", "empty", visit("/events/untouched/runs"), "No runs"),
    Line(IN, "sync history", "failed", visit("/events/failing/runs"), "Failed"),
    Line(IN, "run", "succeeded", visit("/events/sample-event/runs/2"), "Before and after"),
    Line(IN, "run", "of many", visit("/events/crowded/runs/1"), "Next changes"),
    Line(IN, "run", "with a move", visit("/events/crowded/runs/2"), "to Noor Haddad"),
    Line(IN, "run", "with issues", visit("/events/unusual/runs/1"), "Problem"),
    Line(IN, "run", "held", visit("/events/held/runs/2"), "waits for your decision"),
    Line(IN, "run", "approved", visit("/events/decided/runs/2"), "approved."),
    Line(IN, "run", "failed", visit("/events/failing/runs/3"), "404"),
    Line(IN, "run", "under way", visit("/events/slow/runs/1"), "Sync under way"),
    Line(IN, "run", "of one person", press("/events/unusual", "Sync this person", {"E-mail address as registered": "person3@example.org"}, inside="Sync one person"), "person3@example.org"),
    Line(IN, "run", "of nobody", press("/events/unusual", "Sync this person", {"E-mail address as registered": "nobody@example.org"}, inside="Sync one person"), "Nobody with this address is in the event."),
    Line(IN, "preview", "typical", press("/events/sample-event", "Preview"), "A sync now would have this result"),
    Line(IN, "preview", "nothing changes", press("/events/nobody", "Preview"), "Nobody would change."),
    Line(IN, "preview", "would wait", press("/events/held", "Preview"), "waits for your decision"),
    Line(IN, "preview", "source fails", press("/events/failing", "Preview"), "404", 502),
    Line(IN, "invitations", "no template", visit("/events/untouched/invitations"), "Nobody is invited."),
    Line(IN, "invitations", "typical", visit(LETTERS), "New attendees are invited automatically, once."),
    Line(IN, "invitations", "preview", press(LETTERS, "Preview", {"Preview for this attendee": "person1@example.org"}), "How the mail looks"),
    Line(IN, "invitations", "errors", press(LETTERS, "Save the invitation", {"Sender": "nobody", "Text of the mail, in Markdown": "{{ first_nam }}"}), "Not saved: correct these fields first.", 422),
    Line(IN, "invitations", "test sent", press(LETTERS, "Send a test", {"Send a test to": "me@devcon.example"}), "A test was sent to me@devcon.example"),
    Line(IN, "invitations", "test refused", press(LETTERS, "Send a test", {"Send a test to": "stranger@bank.example"}), "A test can be sent to attendees of this event", 422),
    Line(IN, "invite", "typical", visit("/events/waiting/invitations/invite"), "This cannot be undone."),
    Line(IN, "invite", "nobody left", visit("/events/mailed/invitations/invite"), "invitations"),
    Line(IN, "invite", "off", visit("/events/untouched/invitations/invite"), "Invitations are off"),
    Line(IN, "invite", "more than a moment ago", tampered("/events/waiting/invitations/invite", "at_most", "1", "Invite"), "There are more people to invite", 409),
    Line(IN, "mails", "typical", visit("/mail"), "Welcome,"),
    Line(NEW, "mails", "empty", visit("/mail"), "No mail"),
    Line(IN, "mail", "typical", visit("/mail/{mail}"), "As plain text"),
    Line(IN, "mail", "its HTML alone", letter("/mail/{mail}/html"), "Your e-mail address is", aside=OF_PAGES),
    Line(IN, "mail", "not there", visit("/mail/no-such-mail.eml"), "All events", 404),
    Line(IN, "suppressions", "typical", visit(PEOPLE), "person3@example.org"),
    Line(IN, "suppressions", "empty", visit("/communities/quiet/suppressions"), "All users of the community can get mail."),
    Line(IN, "suppressions", "error", press(PEOPLE, "Suppress address", {"E-mail address to suppress": "stranger@localhost"}), "Suppression list", 422),
    Line(OUT, "unsubscribe", "asked", visit("{unsubscribe}"), "Do you want to unsubscribe"),
    Line(OUT, "unsubscribe", "done", press("{unsubscribe_too}", "Unsubscribe me"), "You are unsubscribed"),
    Line(OUT, "unsubscribe", "unknown", visit("/unsubscribe/none"), "This link is not valid", 404),
    Line(IN, "help desk", "nothing asked", visit("/events/sample-event/help-desk"), "Who is it?"),
    Line(IN, "help desk", "several", person("unusual", "person"), "Matching people"),
    Line(IN, "help desk", "nobody", person("unusual", "zzzz"), "Nobody found"),
    Line(IN, "help desk", "address of nobody", person("unusual", "nobody@example.org"), "nobody@example.org"),
    Line(IN, "person", "typical", person("mailed", "person2@example.org"), "Origin"),
    Line(IN, "dossier", "typical", dossier("mailed", "person2@example.org"), "Profile, groups and events"),
    Line(IN, "person", "by hand", person("waiting", "person1@example.org"), "by hand"),
    Line(IN, "person", "unusual", person("unusual", "hubert.blaine"), "Wolfeschlegelsteinhausenbergerdorff"),
    Line(IN, "person", "removed", person("decided", "person20@example.org"), "No access"),
    Line(IN, "person", "source asked", asked("decided", "person3@example.org"), "What the source has right now"),
    Line(IN, "person", "source unknown", asked("decided", "nobody@example.org"), "The source has no record with this address"),
    Line(IN, "person", "source fails", asked("failing", "nobody@example.org"), "The source could not be read."),
    Line(IN, "configuration", "typical", visit("/events/sample-event/configuration"), "Who takes part"),
    Line(IN, "configuration", "tested", press(CONFIGURATION, "Test connection"), "Connection test"),
    Line(IN, "configuration", "errors", press(CONFIGURATION, "Save", {"Time zone": "Mars/Olympus"}), "Not saved: correct these fields first.", 422),
    Line(IN, "configuration", "changed meanwhile", tampered(CONFIGURATION, "version", "99", "Save"), "changed by someone else", 422),
    Line(IN, "configuration", "test fails", press("/events/failing/configuration", "Test connection"), "404"),
    Line(IN, "configuration as text", "typical", visit(TEXT), "Credentials are stored separately"),
    Line(IN, "configuration as text", "tested", press(TEXT, "Test connection", inside=CHANGE), "Connection test"),
    Line(IN, "configuration as text", "errors", press(TEXT, "Save the configuration", {DOCUMENT: "{\"event\": \"unusual\"\n}"}, inside=CHANGE), "Not saved.", 422),
    Line(IN, "configuration as text", "changed meanwhile", tampered(TEXT, "version", "99", "Save the configuration", CHANGE), "Not saved.", 422),
    Line(IN, "feed check", "nothing asked", visit("/events/untouched/doctor"), "Reads every record"),
    Line(IN, "feed check", "findings", press(CONFIGURATION, "Check the whole feed"), "Check again"),
    Line(IN, "feed check", "failed", press("/events/failing/configuration", "Check the whole feed"), "404"),
    Line(IN, "feed check", "under way", press("/events/slow/configuration", "Check the whole feed"), "Checking the whole feed"),
    Line(IN, "problem", "not found", visit("/no-such-page"), "All events", 404),
    Line(IN, "problem", "foreign form", tampered("/events/unusual", "csrf", "x", "Sync attendees now"), "does not come from a page of this session", 403),
    Line(IN, "attendees", "run under way already", press("/", "Sync attendees now: Slow"), "Sync under way"),
    Line(IN, "problem", "conflict", tampered("/events/untouched", "action", "/events/slow/preview", "Preview"), "is under way", 409),
]


def check(line: Line, scene: Scene, auditor: Auditor, **options: Any) -> Iterator[str]:
    """One page: into its state, what is to be read there, and the audit."""
    page, notes = scene.visitors[line.who]
    try:
        line.way(page, scene.places)
        expect(page.locator("body")).to_contain_text(line.text)
    except (AssertionError, Error) as error:
        notes.take()
        said = " / ".join(filter(None, map(str.strip, str(error).splitlines())))
        yield f"its state is not reached; at {page.url}, status {notes.status}: {said[:600]}"
        return
    yield from auditor.audit(line.name, page, notes, status=line.status, aside=line.aside, **options)
