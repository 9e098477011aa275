# The texts of the pages, by template. CONTRIBUTING.md says how to add one.

## common

common-action = Action
common-add-an-event = Add an event
common-any = Any
common-assigned-by = Assigned by
common-attendees = Attendees
common-attending = Attending
common-breadcrumb = Breadcrumb
common-changes = Changes
common-clear = Clear
common-continue = Continue
common-email = E-mail
common-events = Events
common-field = Field
common-group = Group
common-groups = Groups
common-help-desk = Help desk
common-invitations = Invitations
common-issues = Issues
common-name = Name
common-preview = Preview
common-records = Records
common-removed = Removed
common-required = Required
common-show = Show
common-subject = Subject
common-sync-attendees-now = Sync attendees now
common-sync-configurator = Sync configurator
common-test-connection = Test connection
common-value = Value
common-within-the-event = Within the event

## account.html

account-your-account = Your account
account-what-you-may-do = What you may do
account-where = Where
account-role = Role
account-allows = Allows
account-where-you-are-signed = Where you are signed in
account-the-list-is-empty = The list is empty: this session began before sessions were listed.
account-browser = Browser
account-signed-in = Signed in
account-this-session = This session
account-a-session-ends-by = A session ends by itself 12 hours after the sign-in, or earlier with the token that opened it.
account-signing-out-everywhere-ends = Signing out everywhere ends all of these sessions at once, this one too.
account-sign-out-everywhere = Sign out everywhere

## add_person.html

add-person-add-a-person-name = Add a person · { $name }
add-person-add-a-person = Add a person

## attendees.html

attendees-sync = Sync
attendees-last-run-run-number = Last run: <a>run { $number }</a>, { $started }, with <a2>{ $issues_counted }</a2>
attendees-last-run-run-number-started = Last run: <a>run { $number }</a>, { $started }
attendees-this-event-has-not = This event has not been synced yet. <strong>Preview</strong> shows what a sync would change, and changes nothing.
attendees-upload-a-new-list = Upload a new list
attendees-sync-one-person = Sync one person
attendees-email-address-as-registered = E-mail address as registered
attendees-sync-this-person = Sync this person
attendees-add-a-person = Add a person
attendees-back-to-the-list = Back to the list
attendees-print-view = Print view
attendees-up-to-1-000 = Up to 1,000 people stand on one page. Print it with your browser: paper has the list alone, with what narrows it and the time.
attendees-name-or-email = Name or e-mail
attendees-status = Status
attendees-country = Country
attendees-invitation = Invitation
attendees-in-the-app = In the app
attendees-changed = Changed
attendees-any-time = Any time
attendees-sort-by = Sort by
attendees-columns = Columns
attendees-columns-of-the-list = Columns of the list
attendees-the-list-is-still = The list is still loading and not sorted yet. Filters work once it has loaded: <a>reload the page</a> in a moment.
attendees-your-search-has-expired = Your search has expired: a search is kept for an hour, and ends when somebody is erased. Type it again. This is the list without it.
attendees-no-attendees-match = No attendees match.
attendees-the-person-may-have = The person may have registered with another name or address: search on the <a>help desk</a>, or <a2>show all attendees</a2>.
attendees-nobody-was-removed-from = Nobody was removed from this event.
attendees-no-attendees-yet = No attendees yet.
attendees-press-sync-attendees-now = Press <em>Sync attendees now</em> to read the registrations, or check the <a>configuration</a> first.
attendees-attendees-appear-here-while = Attendees appear here while the sync is running.
attendees-no-attendees = No attendees.
attendees-the-last-run-shows = The <a>last run</a> shows what happened to each record. The <a2>configuration</a2> says which records are read.
attendees-everybody-on-this-page = Everybody on this page
attendees-selected = Selected
attendees-count-selected = { $count } selected
attendees-name-arrow = Name{ $arrow }
attendees-select-name = Select { $name }
attendees-actions-for-several-people = Actions for several people
attendees-select-all-total-found = Select all { $total } found
attendees-choose-an-action = Choose an action
attendees-add-to-a-group = Add to a group
attendees-remove-from-a-group = Remove from a group
attendees-invite = Invite
attendees-remove-from-the-event = Remove from the event and block
attendees-unblock = Unblock
attendees-continue = Continue…
attendees-you-see-the-people = You see the people concerned before anything changes.
attendees-import-a-list = Import a list

## audit.html

audit-audit-log-community = Audit log · { $community }
audit-audit-log = Audit log
audit-audit-log-of-community = Audit log of { $community }
audit-changes-that-people-made = Changes that people made in this console, through the API or on the command line; sign-ins and sign-outs; and downloaded files and dossiers of people. Automatic syncs are in the sync history. Entries are kept for 400 days. They are stored with the ID of a person alone: whoever is a user now is shown by name, and anybody else by that ID.
audit-no-entries = No entries.
audit-no-older-entries = No older entries.
audit-what = What
audit-who = Who
audit-when = When

## badges.html

badges-digital-badges-name = Digital badges · { $name }
badges-digital-badges = Digital badges
badges-these-badges-are-being = These badges are being checked again. Reload the page in a few minutes.
badges-check-these-again = Check these again
badges-do-this-once-the = Do this once the files are mended. A URL that changes in the source is checked by itself.
badges-no-digital-badge-is = No digital badge is checked yet. Badges that a sync brings are checked within the hour after it.
badges-the-app-shows-jpg = The app shows JPG, PNG and PDF files of at most 20 MB that open without signing in. Which of these a file is, is told by the file itself. Each URL is opened once; nobody loses their badge by what is found.
badges-no-badge-is-wrong = No badge is wrong.
badges-badges-that-cannot-be = Badges that cannot be shown are listed here with the reason.
badges-badges-that-cannot-be-shown = Badges that cannot be shown
badges-what-is-wrong = What is wrong
badges-next-page = Next page

## base.html

base-skip-to-the-content = Skip to the content
base-account = Account
base-failed-jobs = Failed jobs
base-access = Access
base-sign-out = Sign out

## configuration.html

configuration-configuration-name = Configuration · { $name }
configuration-configuration-as-text = Configuration as text
configuration-as-a-form = As a form
configuration-history = History
configuration-the-stored-configuration = The stored configuration
configuration-credentials-are-stored-separately = Credentials are stored separately and only their names are shown.
configuration-change-the-configuration-or = Change the configuration, or test the connection
configuration-save-the-configuration = Save the configuration
configuration-the-test-reads-the = The test reads the first records from the source with the configuration typed here. It saves nothing.

## configuration_history.html

configuration-history-configuration-history-name = Configuration history · { $name }
configuration-history-configuration-history = Configuration history
configuration-history-as-a-form = As a form
configuration-history-as-text = As text
configuration-history-each-saved-version-the = Each saved version, the newest first. Versions are kept for 400 days. Restoring one saves it again as the newest; the next sync uses it. Credentials are not part of a version.
configuration-history-no-versions-are-kept = <strong>No versions are kept yet.</strong> From now on, each time the configuration is saved, its version is kept here.
configuration-history-version-number = Version { $number }
configuration-history-current = (current)
configuration-history-restore-version-number = Restore version { $number }
configuration-history-restore = Restore
configuration-history-changes-of-version-number = Changes of version { $number }
configuration-history-setting = Setting
configuration-history-before = Before
configuration-history-now = Now

## configurator.html

configurator-sync-configurator-name = Sync configurator · { $name }
configurator-last-feed-check-when = Last feed check, { $when }
configurator-hooks = Hooks
configurator-as-text = As text
configurator-history = History
configurator-check-the-whole-feed = Check the whole feed
configurator-the-configuration-was-saved = <strong>The configuration was saved.</strong> The next sync uses it.
configurator-sections = Sections
configurator-save = Save
configurator-fill-in-what-was = Fill in what was found
configurator-fills-in-the-likely = Fills in the likely field where none is mapped, or where no record has the mapped one.
configurator-show-the-request-and = Show the request and the response
configurator-reads-the-first-records = Reads the first records from the source with the settings typed here. Saves nothing.
configurator-next-syncs-with-the = Next syncs with the settings typed here
configurator-this-event-syncs-only = This event syncs only on request: automatic sync is off, or its final sync has passed.
configurator-next-automatic-syncs-as = Next automatic syncs, as saved
configurator-delete-this-event = Delete this event…
configurator-back-to-the-source = Back to the <a>source</a> or the <a2>mapping</a2>

## dead_letters.html

dead-letters-failed-jobs = Failed jobs
dead-letters-jobs-that-failed-several = Jobs that failed several times and are not retried automatically. The counts are approximate. Times are in UTC.
dead-letters-no-failed-jobs = No failed jobs.
dead-letters-jobs-that-fail-several = Jobs that fail several times appear here, and an alarm is raised.
dead-letters-they-are-being-retried = They are being retried.
dead-letters-a-retry-runs-all = A retry runs all of them again; nothing is done twice. Fix the cause first, or they fail again.
dead-letters-job = Job
dead-letters-first-sent = First sent
dead-letters-attempts = Attempts
dead-letters-not-known = Not known
dead-letters-and-more-more = And { $more } more.

## delete_event.html

delete-event-delete-name = Delete · { $name }
delete-event-configuration = Configuration
delete-event-delete = Delete
delete-event-delete-name-2 = Delete { $name }?
delete-event-its-configuration-its-people = <strong>Its configuration, its { $people }, its invitations and its sync history are deleted permanently.</strong> Nobody has access to the event any more.
delete-event-the-users-stay-in = The users stay in { $community }, without the groups that only this event assigned. To remove people and keep the event, use the list of <a>attendees</a>. To stop syncing, switch automatic sync off.
delete-event-type-event-to-confirm = Type <code>{ $event }</code> to confirm
delete-event-delete-the-event = Delete the event
delete-event-keep-it = Keep it

## delete_group.html

delete-group-delete-name-name = Delete { $name } · { $name2 }
delete-group-delete = Delete
delete-group-delete-name = Delete { $name }?
delete-group-members-of-community-lose = { $members } of { $community } lose this group.
delete-group-assigned-by-join = Assigned by: { $events }.
delete-group-what-was-assigned-by = What was assigned by hand cannot be brought back.
delete-group-type-name-to-confirm = Type { $name } to confirm that this is the group to delete.
delete-group-type-name-to-confirm-2 = Type <strong>{ $name }</strong> to confirm
delete-group-delete-the-group = Delete the group
delete-group-keep-it = Keep it

## desk.html

desk-every-sync-has-failed = <strong>Every sync has failed since { $since }:</strong> what is stored may be out of date.

## doctor.html

doctor-feed-check-name = Feed check · { $name }
doctor-feed-check = Feed check
doctor-checking-the-whole-feed = Checking the whole feed
doctor-started-since-running-for = Started { $since }, running for <span>{ $elapsed }</span>. The check changes nothing. You can leave this page.
doctor-in-progress = In progress
doctor-check-of-the-whole = Check of the whole feed
doctor-check-again = Check again
doctor-check-the-whole-feed = Check the whole feed
doctor-reads-every-record-with = Reads every record with the saved configuration, as a sync would, and reports what to correct: records that would be rejected, paths that no record has, misspelled addresses, and fields that are not used. It changes nothing.
doctor-the-check-may-take = The check may take up to { $seconds } seconds; a very large feed cannot be checked here.
doctor-a-large-feed-takes = A large feed takes some minutes.
doctor-the-result-stays-here = The result stays here for an hour.
doctor-checked-when-nothing-was = Checked { $when }. Nothing was changed.
doctor-the-configuration-has-changed = The configuration has changed since this check.
doctor-tried-when-nothing-was = Tried { $when }. Nothing was changed.
doctor-no-problems-found = No problems found.
doctor-finding = Finding
doctor-about = About
doctor-for-example-records = For example, records
doctor-count = Count

## dossier.html

dossier-dossier-of-email = Dossier of { $email }
dossier-download-as-json = Download as JSON
dossier-everything-that-is-stored = Everything that is stored about this person in { $community }, and nothing about anybody else. Read { $made }; the audit log says who opened it. To hand it over, print this page or download the file.
dossier-nothing-is-stored-about = Nothing is stored about this person.
dossier-stored = Stored
dossier-not-shown = Not shown

## event.html

event-audit-log = Audit log
event-event = Event
event-every-sync-has-failed = Every sync has failed since { $since }.
event-the-next-attempt-is = The next attempt is { $next }.
event-what-was-stored-about = <strong>What was stored about the people of this event was deleted { $time }.</strong> The counts of its runs are in the sync history, and users stay in the community. The event does not sync any more.
event-what-is-stored-about = <strong>What is stored about the people of this event will be deleted, on { $time }.</strong> Counts stay, and so do users of the community. <a>Change the time in the configuration</a>
event-run-number-waits-for = Run { $number } waits for your decision.
event-review-the-changes = Review the changes

## events.html

events-no-event-is-configured = No event is configured yet.
events-add-an-event-here = <a>Add an event</a> here, or save a configuration on the command line: <code>attendee-sync configure event.json</code>
events-name-or-event-id = Name or event ID
events-state = State
events-community = Community
events-no-events-match-show = No events match. <a>Show all events</a>
events-event = Event
events-sync = Sync
events-community-help-desk = { $community } · Help desk
events-never-synced = Never synced
events-next-soon = · next { $soon }
events-every-sync-has-failed = Every sync has failed since { $since }.
events-why-name-fails = Why<span> { $name } fails</span>
events-next-attempt-next = Next attempt: { $next }
events-run-number-waits-for = Run { $number } waits for your decision
events-run-number-waits-for-a = Run { $number } waits for a decision
events-sync-attendees-now-name = Sync attendees now: { $name }
events-audit-log-of-community = Audit log of { $community }
events-help-desk-of-name = Help desk of { $name }

## group.html

group-change-or-delete = Change or delete
group-not-visible-to-attendees = not visible to attendees
group-members-in-community = Members in { $community }
group-used-in-rules-of = Used in rules of
group-members-who-attend-this = Members who attend this event
group-members = Members
group-this-group-has-no = This group has no members now. A sync or a person can add members again.
group-no-more-members = No more members.
group-remove-name-who-was = Remove<span> { $name }, who was added by hand</span>

## group_form.html

group-form-the-group-was-changed = The group was changed, and a sync can make the old one again.
group-form-only-in-this-event = Only in this event
group-form-not-visible-to-attendees = Not visible to attendees: only to choose whom a message reaches
group-form-the-group-ends = The group ends
group-form-time-in-the-time = Time, in the time zone of the event
group-form-save-the-group = Save the group
group-form-create-the-group = Create the group
group-form-delete-the-group = Delete the group…
group-form-members-follow-to-another = Members follow to another name, however they came into the group. A group that has ended, or that is of another event, keeps its members; the event app is not told of it.

## groups.html

groups-groups-name = Groups · { $name }
groups-groups-of-community = Groups of { $community }
groups-new-group = New group
groups-this-community-has-no = This community has no groups yet.
groups-the-mapping-and-the = The mapping and the rules in the <a>configuration</a> define groups. The next sync creates them. You can also add somebody to a group below.
groups-groups-belong-to-the = Groups belong to the community and are shared by its events. A sync removes people only from groups that it assigned itself.
groups-members = Members
groups-used-in-rules-of = Used in rules of
groups-not-visible-to-attendees = not visible to attendees

## help_desk.html

help-desk-help-desk-name = Help desk · { $name }
help-desk-nobody-found = Nobody found
help-desk-matching-people = Matching people
help-desk-no-attendee-of-this = No attendee of this event has this in their name, address or order number.
help-desk-ask-which-email-address = Ask which e-mail address is on their ticket, and type the whole address: the answer then also says what the last sync reported about it.
help-desk-there-are-more-matches = There are more matches. Type another word to narrow the search.
help-desk-who-is-it = Who is it?
help-desk-one-typing-error-does = One typing error does no harm, and umlauts may be spelled out.
help-desk-add-a-person-who = <a>Add a person</a> who is not registered.

## hooks.html

hooks-hooks-name = Hooks · { $name }
hooks-configuration = Configuration
hooks-hooks = Hooks
hooks-your-registration-system-can = Your registration system can report each change at once. A report is never taken at its word: it only has the source read again, within a few seconds.
hooks-this-source-cannot-be = This source cannot be asked for one person or record, so what changed is read, or the whole list every 15 minutes at most.
hooks-the-settings-were-saved = The settings were saved.
hooks-the-address-was-made = <strong>The address was made.</strong> Copy it into your registration system now: it is not shown again.
hooks-address = Address
hooks-an-address-was-made = An address was made { $at }. Whoever has it can have the source read, so keep it secret.
hooks-there-is-no-address = There is no address yet, so hooks are refused.
hooks-make-a-new-address = Make a new address
hooks-make-the-address = Make the address
hooks-the-old-address-stops = The old address stops working at once.
hooks-signature-and-content = Signature and content
hooks-signature = Signature
hooks-secret-that-hooks-are = Secret that hooks are signed with
hooks-a-secret-is-stored = A secret is stored. Leave this empty to keep it.
hooks-your-registration-system-shows = Your registration system shows it, or asks you for one.
hooks-not-needed-where-hooks = Not needed where hooks are not signed.
hooks-header-of-the-signature = Header of the signature
hooks-only-for-hmac-sha = Only for HMAC-SHA-256 in a header. Empty for X-Hub-Signature-256.
hooks-email-address-in-the = E-mail address in the report
hooks-a-path-such-as = A path such as payload.email. With it, only this person is read where the source can be asked for one person.
hooks-record-id-in-the = Record ID in the report
hooks-a-path-such-as-payload = A path such as payload.id, or = and an expression. With it, only this record is read where the source can be asked for one record.
hooks-save = Save
hooks-last-hooks = Last hooks
hooks-a-hook-that-came = A hook that came { $at } waits to be read.
hooks-no-hook-has-come = No hook has come yet.
hooks-received = Received
hooks-result = Result
hooks-runs = Runs
hooks-refused-hooks = Refused hooks
hooks-nothing-of-them-is = Nothing of them is stored, so this list ends with the process that serves this page.
hooks-reason = Reason
hooks-notices = Notices
hooks-who-is-told-when = Who is told when this event needs somebody. They are set as <code>notify</code> in the <a>configuration as text</a>.
hooks-nobody-is-told-yet = Nobody is told yet.
hooks-whom = Whom
hooks-how = How
hooks-of-what = Of what

## import.html

import-import-a-list-name = Import a list · { $name }
import-import-a-list = Import a list
import-nothing-was-imported = Nothing was imported.
import-the-people-of-the = The people of the list are added by hand, and who attends already gets what the list says. No sync changes that, until you undo the import. You see what it would do before anything changes.
import-list-of-people-csv = List of people: CSV or XLSX
import-the-first-row-names = The first row names the columns; e-mail, first name and last name are required. At most { $most } rows and { $most2 }.
import-preview-the-import = Preview the import
import-earlier-imports = Earlier imports
import-no-imports-yet = No imports yet.
import-an-import-that-was = An import that was done here, by a program or on the command line is listed here, and can be undone.
import-when = When
import-by = By
import-people = People
import-undone = Undone
import-undo-the-import-with = Undo the import with { $did }
import-undo = Undo
import-undoing-releases-what-the = Undoing releases what the import set and nobody changed since by hand. Who was added by it alone leaves the event; users stay in the community.

## import_done.html

import-done-import-name = Import · { $name }
import-done-import-a-list = Import a list
import-done-result = Result
import-done-the-first-part-is = The first part is imported
import-done-imported = Imported
import-done-a-long-list-is = A long list is imported in parts. { $left } are left, and unchanged until you continue.
import-done-continue-with-the-other = Continue with the other { $left }
import-done-back-to-the-list = Back to the list
import-done-undo-this-import = Undo this import
import-done-undoing-releases-what-it = Undoing releases what it set and nobody changed since by hand. Who was added by it alone leaves the event. It is possible later, too: see <a>Import a list</a>.
import-done-rows-to-look-at = Rows to look at

## import_preview.html

import-preview-preview-of-an-import = Preview of an import · { $name }
import-preview-import-a-list = Import a list
import-preview-the-list = The list
import-preview-choose-the-columns-first = <strong>Choose the columns first.</strong> It is not clear yet who the people of the list are.
import-preview-the-list-has-file = The list has { $file }. Say which of its columns each field comes from; what is proposed goes by the headings and the values.
import-preview-our-field = Our field
import-preview-column-of-the-list = Column of the list
import-preview-column = Column
import-preview-not-used-unused = Not used: { $unused }
import-preview-show-with-these-columns = Show with these columns
import-preview-import-this-list = Import this list?
import-preview-nothing-to-import = Nothing to import
import-preview-what-is-set-so = What is set so stays whatever syncs bring, until you undo the import. Empty cells change nothing.
import-preview-back = Back
import-preview-correct-the-rows-below = Correct the rows below in the file and upload it again.
import-preview-everybody-is-as-the = Everybody is as the list says already.
import-preview-upload-another-list = Upload another list
import-preview-row-by-row = Row by row

## invitations.html

invitations-invitations-name = Invitations · { $name }
invitations-mail-in-the-folder = Mail in the folder
invitations-reminders = Reminders
invitations-suppression-list = Suppression list
invitations-your-input-is-kept = Your input is kept below.
invitations-show-the-state-of = Show the state of the invitations
invitations-the-mail = The mail
invitations-invite-new-attendees-automatically = Invite new attendees automatically
invitations-save-the-invitation = Save the invitation
invitations-preview-and-test = Preview and test
invitations-send-a-test = Send a test
invitations-preview-and-test-use = Preview and test use what is typed here, and save nothing.
invitations-a-preview-shows-what = A preview shows what is typed here and saves nothing; a test sends the saved invitation.
invitations-you-can-send-10 = You can send 10 tests per hour.
invitations-variables = Variables
invitations-write-a-variable-in = Write a variable in double braces: <code>{"{"}{"{"} first_name {"}"}{"}"}</code>. One without a value is left blank.

## invite.html

invite-invite-name = Invite · { $name }
invite-invite = Invite
invite-invitations-are-off = Invitations are off
invite-nobody-can-be-invited = Nobody can be invited while they are off. <a>Switch them on</a> first.
invite-nobody-left-to-invite = Nobody left to invite
invite-all-attendees-have-an = All attendees have an invitation. <a>Back to the invitations</a>
invite-invite-people = Invite { $people }?
invite-there-are-more-people = <strong>There are more people to invite than a moment ago.</strong> Nobody was invited yet. There are { $people } now.
invite-each-attendee-without-an = Each attendee without an invitation gets one mail. <strong>This cannot be undone.</strong> Addresses on the suppression list get none.
invite-from = From
invite-invite-people-2 = Invite { $people }
invite-do-not-invite = Do not invite

## mail.html

mail-subject-mail = { $subject } · Mail
mail-mail = Mail
mail-headers = Headers

## mails.html

mails-mail = Mail
mails-this-installation-writes-its = This installation writes its mail into a folder and does not send it. Times are in UTC.
mails-no-mail = No mail.
mails-no-mail-before-this = No mail before this one.
mails-invitations-and-test-mails = Invitations and test mails appear here instead of being sent.
mails-to = To
mails-written = Written
mails-without-a-subject = Without a subject

## new_event.html

new-event-step-by-step = Step by step
new-event-for-any-system-you = For any system: you type the address and the key of its list, paste an example answer or upload a file, and choose from what is found.
new-event-continue-with-what-you = Continue with what you began
new-event-continue-with-name = Continue with { $name }
new-event-start-with-an-address = Start with an address
new-event-start-from-a-preset = Start from a preset
new-event-a-preset-contains-the = A preset contains the settings for a registration system. You only add your own details.
new-event-presets = Presets
new-event-your-registration-system = Your registration system
new-event-find = Find
new-event-show-all = Show all
new-event-no-preset-has-these = No preset has these words. Any system that gives its list at an address can be connected step by step, and a list can be uploaded as a file.
new-event-needs-needs-find = Needs { $needs }. { $find }
new-event-or-fill-in-the = Or fill in the form
new-event-all-settings-on-one = All settings on one page: you enter where the registrations are and how each one becomes an attendee.
new-event-start-with-an-empty = Start with an empty form
new-event-this-is-the-document = This is the document for { $title }. <strong>Nothing is saved yet.</strong> Test the connection, change what is different for you, and add the event.
new-event-write-it-as-a = Write it as a document
new-event-add-the-event = Add the event
new-event-the-test-reads-the = The test reads the first records from the source and saves nothing. The document is checked before it is saved.

## new_form.html

new-form-filled-for-title-nothing = Filled for { $title }. <strong>Nothing is saved yet.</strong> Test the connection, change what is different for you, and add the event.
new-form-about-title = About { $title }
new-form-for-any-registration-system = For any registration system with an HTTP API. <strong>Nothing is saved yet.</strong> Enter the URL, test the connection, and choose from the fields that were found.
new-form-sections = Sections
new-form-add-the-event = Add the event
new-form-fill-in-what-was = Fill in what was found
new-form-fills-in-the-likely = Fills in the likely field where none is mapped, or where no record has the mapped one.
new-form-show-the-request-and = Show the request and the response
new-form-reads-the-first-records = Reads the first records from the source with the settings typed here. Saves nothing.
new-form-next-syncs-with-the = Next syncs with the settings typed here
new-form-back-to-the-source = Back to the <a>source</a> or the <a2>mapping</a2>

## part/add_member.html

part-add-member-add-somebody-by-hand = Add somebody by hand
part-add-member-group-a-new-group = Group (a new group is created)
part-add-member-email-address = E-mail address
part-add-member-add-to-the-group = Add to the group
part-add-member-for-many-people-at = For many people at once, select them in the <a>attendees</a>.

## part/add_person.html

part-add-person-their-email-address = Their e-mail address
part-add-person-first-name = First name
part-add-person-last-name = Last name
part-add-person-groups-separated-by-may = Groups, separated by ; (may be empty)
part-add-person-they-have-access-at = They have access at once, and no sync removes them.
part-add-person-the-invitation-is-sent = The invitation is sent.
part-add-person-add-to-the-event = Add to the event

## part/block.html

part-block-options-of-label = Options<span> of { $label }</span>
part-block-new-word = New { $word }
part-block-move-up-word-index = Move up<span> { $word } { $index }</span>
part-block-move-down-word-index = Move down<span> { $word } { $index }</span>
part-block-remove-word-index = Remove<span> { $word } { $index }</span>
part-block-add-rows-for-a = Add rows<span> for a { $word }</span>

## part/change_filter.html

part-change-filter-your-search-has-expired = Your search has expired: a search is kept for an hour, and ends when somebody is erased. Type it again.
part-change-filter-name-or-email = Name or e-mail

## part/changes.html

part-changes-person = Person
part-changes-before-and-after = Before and after
part-changes-erased-person = Erased person
part-changes-fields = Fields
part-changes-would-move-from-from = Would move from <bdi>{ $from }</bdi> to <bdi2>{ $to }</bdi2>.
part-changes-moved-from-from-to = Moved from <bdi>{ $from }</bdi> to <bdi2>{ $to }</bdi2>.

## part/chart.html

part-chart-at-most-most = at most { $most }
part-chart-added = Added
part-chart-updated = Updated
part-chart-failed = Failed
part-chart-held = Held

## part/document_form.html

part-document-form-the-document-in-json = The document, in JSON
part-document-form-correct-the-following-and = Correct the following and try again:
part-document-form-credential = Credential
part-document-form-the-credential-typed-before = The credential typed before is kept for this form for an hour, and not shown. Type here only to replace it.
part-document-form-a-credential-typed-here = A credential typed here replaces the one named in the document.

## part/failed.html

part-failed-what-to-do = What to do
part-failed-changes-that-were-applied = Changes that were applied before the failure are kept. The next sync applies the rest.
part-failed-test-the-connection-in = <a>Test the connection</a> in the configuration, or <a2>check the whole feed</a2> for errors. Then sync again:

## part/field.html

part-field-the-value-typed-before = The value typed before is kept for an hour. Type here only to replace it.

## part/files.html

part-files-of-of = of { $of }

## part/found.html

part-found-company = Company
part-found-status = Status
part-found-similar = (similar)

## part/held.html

part-held-changes-that-wait-for = Changes that wait for your decision
part-held-no-more-changes-wait = No more changes wait.
part-held-invitees-would-be-invited = { $invitees } would be invited
part-held-no-more-invitations-wait = No more invitations wait.
part-held-these-are-the-first = These are the first { $len }. The API returns all of them.

## part/import_rows.html

part-import-rows-row = Row
part-import-rows-outcome = Outcome
part-import-rows-what-is-set = What is set
part-import-rows-what-is-wrong = What is wrong

## part/input.html

part-input-use-a-stored-credential = Use a stored credential
part-input-name-of-the-stored = Name of the stored credential
part-input-lower-case-letters-digits = Lower-case letters, digits and hyphens. A credential typed above is stored under its own name.

## part/issue_filter.html

part-issue-filter-severity = Severity
part-issue-filter-kind = Kind

## part/issues.html

part-issues-record = Record
part-issues-source-id = Source ID
part-issues-severity = Severity
part-issues-kind = Kind
part-issues-problem = Problem

## part/mail.html

part-mail-as-html = As HTML
part-mail-the-mail-as-html = The mail as HTML
part-mail-as-plain-text = As plain text
part-mail-the-mail-as-plain = The mail as plain text

## part/one_person.html

part-one-person-email-last-changed-updated = { $email }, last changed { $updated }.
part-one-person-what-the-event-has = What the event has stored for this person
part-one-person-one-person = One person
part-one-person-nobody-with-this-address = Nobody with this address is in the event. Did the person register with another address? <a>Search the attendees</a>.

## part/overview.html

part-overview-on = On
part-overview-new-attendees-are-invited = New attendees are invited automatically, once.
part-overview-off = Off
part-overview-nobody-is-invited-queued = Nobody is invited. Queued invitations are kept.
part-overview-all-invitations-of-community = <strong>All invitations of { $community } are paused.</strong> The backup of { $made } was restored on { $restored }. People who were invited between these two times would be invited again. { $waiting } of this event would be sent.
part-overview-release-all-invitations-of = Release all invitations of { $community }
part-overview-an-admin-of-the = An admin of the community can release them.
part-overview-no-mail-has-been = No mail has been sent since { $since }:
part-overview-run-number-would-invite = Run { $number } would invite { $people } and waits for your decision.
part-overview-approve-or-discard = Approve or discard

## part/preset_notes.html

part-preset-notes-about-title = About { $title }
part-preset-notes-documentation-of-its-api = Documentation of its API

## part/progress.html

part-progress-applying-the-approved-changes = Applying the approved changes
part-progress-sync-starting = Sync starting
part-progress-sync-under-way = Sync under way
part-progress-run-number-started-started = Run { $number }, started { $started }. You can leave this page; the work continues.
part-progress-run-number-started-started-you = Run { $number }, started { $started }. You can leave this page; the sync continues.
part-progress-in-progress = In progress
part-progress-percent-of-as-many = <strong><span>{ $percent }</span> %</strong> of as many records as the last whole read brought.
part-progress-stopping-keeps-what-the = Stopping keeps what the sync has changed so far. The next sync reads everything again.
part-progress-stop-the-sync = Stop the sync

## part/query_source.html

part-query-source-check-the-source-now = Check the source now

## part/records.html

part-records-record-position = Record { $position }
part-records-source-record = Source record
part-records-source-record-position = Source record { $position }
part-records-level-the-enclosing-object = <code>{ $level }</code>, the enclosing object
part-records-the-enclosing-object-of = The enclosing object of record { $position }
part-records-resulting-attendee = Resulting attendee
part-records-no-attendee = No attendee.
part-records-rule = Rule

## part/rule.html

part-rule-group-for-label = Group for { $label }

## part/sample.html

part-sample-how-the-mail-looks = How the mail looks
part-sample-nothing-was-saved-and = Nothing was saved and nothing was sent.
part-sample-from = From
part-sample-reply-to = Reply-to
part-sample-to = To

## part/saved_filters.html

part-saved-filters-saved-filters = Saved filters
part-saved-filters-save-this-filter = Save this filter
part-saved-filters-save-or-delete-filters = Save or delete filters
part-saved-filters-name-of-this-filter = Name of this filter
part-saved-filters-save-the-filter = Save the filter
part-saved-filters-for-you-alone-with = For you alone, with its order and columns. Words that you search for are not saved.
part-saved-filters-delete-the-filter-name = Delete the filter <bdi>{ $name }</bdi>

## part/source_answer.html

part-source-answer-what-the-source-has = What the source has right now
part-source-answer-nothing-was-changed-sync = Nothing was changed. <strong>Sync this person now</strong> applies these records.

## part/steps.html

part-steps-step-by-step = Step by step
part-steps-steps = Steps

## part/then.html

part-then-nothing-they-attend = Nothing: they attend
part-then-remove-from-the-event = Remove from the event
part-then-ignore-the-record = Ignore the record
part-then-give-the-group = Give the group …
part-then-take-away-the-group = Take away the group …

## part/tree.html

part-tree-this-list-is-used = This list is used
part-tree-use-this-list-place = Use this list<span>: { $place }</span>

## part/trial.html

part-trial-connection-test = Connection test
part-trial-nothing-was-saved-and = Nothing was saved and no attendee was changed.
part-trial-the-source-has-more = The source has more records; these are the first.
part-trial-request = Request
part-trial-the-request-that-was = The request that was sent
part-trial-response-answer = Response: <strong>{ $answer }</strong>.
part-trial-no-response = No response.
part-trial-rules = Rules
part-trial-rule = Rule
part-trial-matches = Matches
part-trial-fields-of-these-records = Fields of these records
part-trial-you-can-copy-a = You can copy a path into the mapping.
part-trial-path = Path
part-trial-example = Example
part-trial-mapped-to = Mapped to
part-trial-filled = Filled

## part/upload.html

part-upload-list-of-all-people = List of all people: CSV, XLSX or JSON
part-upload-choose-a-file-or = Choose a file or drop it here, at most { $most }. It has to have the columns of the list before.
part-upload-upload-and-sync = Upload and sync

## part/waiting.html

part-waiting-run-number-waits-for = Run { $number } waits for your decision
part-waiting-run-number-needs-your = Run { $number } needs your attention
part-waiting-you-can-change-the = You can change the limits under <a>Safety limits</a> and on the page <a2>Invitations</a2>.
part-waiting-you-can-change-the-limits = You can change the limits under <a>Safety limits</a>.
part-waiting-you-need-the-role = You need the role operator to decide.
part-waiting-mark-as-seen = Mark as seen
part-waiting-applying-effect-people-changed = Applying { $effect }. People changed since then are skipped; the next sync checks them again.
part-waiting-each-of-invitees-gets = Each of { $invitees } gets one mail. This cannot be undone.
part-waiting-discarding-changes-nothing-the = Discarding changes nothing. The next sync checks the same people, and asks again if the source has not changed.
part-waiting-discarding-sends-no-mail = Discarding sends no mail. You can invite these people later on the page <a>Invitations</a>.

## part/who.html

part-who-name-email-address-or = Name, e-mail address or order number
part-who-look-up = Look up

## person.html

person-sync-under-way-0 = <strong>Sync under way.</strong> <span>0</span> records read so far. The answer below is from before it; this page shows the new one by itself.
person-what-to-do = What to do
person-unblock = Unblock
person-sync-this-person-now = Sync this person now
person-remove-from-the-event = Remove from the event…
person-they-are-blocked-they = They are blocked: they have no access, whatever the source says, until somebody unblocks them. Their profile stays in the community.
person-remove-and-block-this = Remove and block this person
person-your-role-only-looks = Your role only looks people up: the role helpdesk or operator can sync this person.
person-follow-the-sync-again = Follow the sync again
person-remove-from-the-list = Remove from the list by hand…
person-they-have-no-access = They have no access, and no sync adds them again, until they follow the sync again. Unlike a blocked person, they can be added by hand.
person-remove-this-person = Remove this person
person-add-this-person-by = Add this person by hand
person-email-last-changed-updated = { $email }, last changed { $updated }
person-people-with-a-similar = People with a similar name or address
person-everything-stored-about-this = Everything stored about this person (dossier)
person-erase-this-person = Erase this person…
person-their-profile-their-attendance = Their profile, their attendance in every event of { $community } and what the logs say of them are deleted. This cannot be undone. Erase them in the registration system too: a new or changed record brings them back.
person-type-their-email-address = Type their e-mail address to confirm
person-erase-this-person-permanently = Erase this person permanently
person-profile = Profile
person-no-profile-data = No profile data.
person-origin = Origin
person-follow-the-sync-again-name = Follow the sync again: { $name }
person-edit-by-hand = Edit by hand
person-no-sync-changes-a = No sync changes a field that you change here, until it follows the sync again.
person-save-by-hand = Save by hand
person-open-the-digital-badge = Open the digital badge
person-no-groups = No groups.
person-remove-from-name-which = Remove from { $name }, which was assigned by hand
person-remove = Remove
person-add-to-a-group = Add to a group by hand
person-group-a-new-group = Group (a new group is created)
person-add-to-the-group = Add to the group
person-invitation = Invitation
person-not-invited = Not invited.
person-in-the-app = In the app
person-records-from-the-source = Records from the source
person-no-record-of-this = No record of this person is stored for this event. <strong>Sync this person now</strong> reads the source.
person-record = Record
person-source-id = Source ID
person-effect = Effect
person-unusable-fields = Unusable fields
person-no-changes-in-the = No changes in the sync history.
person-run = Run
person-when = When
person-before-and-after = Before and after
person-run-run = Run { $run }
person-not-checked-yet-badges = Not checked yet: badges are checked within the hour after a sync.
person-the-app-cannot-show = The app cannot show this badge.

## preset.html

preset-title-add-an-event = { $title } · Add an event
preset-add-an-event-from = Add an event from { $title }
preset-the-form-could-not = The form could not be filled.
preset-the-event = The event
preset-nothing-is-saved-yet = Nothing is saved yet. Next you see the filled-in form, which you can test and change.

## preview.html

preview-preview-name = Preview · { $name }
preview-back = Back
preview-a-sync-now-would = A sync now would have this result: <strong>{ $result }</strong>
preview-a-sync-now-would-wait = A sync now would wait for your decision.
preview-nothing-was-changed-a = Nothing was changed. A sync reads the source again and applies what it finds then.
preview-nobody-would-change = Nobody would change.
preview-more-changes-more-changes = { $more_changes } more changes are not shown here. The API returns all of them.
preview-no-issues = No issues.
preview-more-issues-more-issues = { $more_issues } more issues are not shown here. The API returns all of them.

## preview_failed.html

preview-failed-preview-name = Preview · { $name }
preview-failed-the-preview-failed = The preview failed
preview-failed-nothing-was-changed-test = Nothing was changed. Test the connection in the <a>configuration</a>.
preview-failed-back-to-the-event = Back to the event
preview-failed-try-again = Try again

## problem.html

problem-all-events = All events
problem-status-status = Status { $status }

## reminders.html

reminders-reminders-name = Reminders · { $name }
reminders-reminders = Reminders
reminders-nobody-is-reminded = Nobody is reminded.
reminders-add-reminders-to-the = Add <code>reminders</code> to the <a>document</a>: after how many days, and which mail.
reminders-who-was-invited-and = Who was invited and has not entered is reminded after so many days: { $days }. Each reminder is sent at most once, and none after the event.
reminders-nothing-is-sent-while = Nothing is sent while invitations are switched off.
reminders-due-now = Due now
reminders-nobody-is-due-to = Nobody is due to be reminded.
reminders-reminder = Reminder
reminders-invited = Invited
reminders-the-mail = The mail

## resume.html

resume-your-session-had-ended = Your session had ended
resume-nothing-you-typed-for = Nothing you typed for { $event } is lost, and nothing was sent yet.
resume-nothing-you-typed-is = Nothing you typed is lost, and nothing was sent yet.
resume-go-back-to-the = Go back to the form
resume-send-what-i-typed = Send what I typed
resume-it-is-kept-for = It is kept for an hour, for this browser alone. <a>Go to the events instead</a>

## run.html

run-run-number-name = Run { $number } · { $name }
run-sync-history = Sync history
run-run-number = Run { $number }
run-changes-that-were-applied = Changes that were applied
run-no-matches-so-far = No matches so far. The list is long and was not searched to the end yet.
run-no-changes-that-were = No changes that were applied match. <a>Show all changes</a>
run-no-more-changes-that = No more changes that were applied match. <a>Show all changes</a>
run-no-changes-of-this = No changes of this run match. <a>Show all changes</a>
run-no-more-changes-of = No more changes of this run match. <a>Show all changes</a>
run-no-changes-yet = No changes yet.
run-no-changes-so-far = No changes so far.
run-no-more-changes-so = No more changes so far.
run-no-changes = No changes.
run-no-more-changes = No more changes.
run-no-issues-of-this = No issues of this run match. <a>Show all issues</a>
run-no-more-issues-of = No more issues of this run match. <a>Show all issues</a>
run-no-issues-yet = No issues yet.
run-no-issues-with-single = No issues with single records. The reason for the failure is shown above.
run-no-issues = No issues.
run-no-more-issues = No more issues.
run-not-kept-more-issues = { $not_kept } more issues were counted but not stored: a run stores its first thousand.

## runs.html

runs-sync-history-name = Sync history · { $name }
runs-sync-history = Sync history
runs-no-runs = No runs.
runs-no-runs-before-this = No runs before this one.
runs-sync-the-attendees-each = <a>Sync the attendees</a>; each run and its changes are kept here for 90 days.
runs-run = Run
runs-state = State
runs-started = Started
runs-seconds = Seconds
runs-result = Result
runs-run-number = Run { $number }

## selection.html

selection-selected-people-name = Selected people · { $name }
selection-selected-people = Selected people
selection-nothing-was-done = Nothing was done
selection-back-to-the-list = Back to the list
selection-done = Done
selection-and-unnamed-more = And { $unnamed } more.
selection-stopped-after-so-far = Stopped after { $so_far }
selection-so-far-are-done = { $so_far } are done
selection-the-other-counted-were = The other { $counted } were not finished. It does no harm to try again: nobody is changed or invited twice.
selection-it-goes-on-in = It goes on in pieces. The other { $counted } are unchanged until you continue.
selection-try-again-with-the = Try again with the other { $counted }
selection-continue-with-the-other = Continue with the other { $counted }
selection-back = Back
selection-stop-here = Stop here

## setup/check.html

setup-check-check-add-an-event = Check · Add an event
setup-check-not-saved = Not saved.
setup-check-this-has-to-be = This has to be mended before the event can be saved.
setup-check-mend-it-under-step = Mend it under “{ $step }”
setup-check-worth-a-look = Worth a look
setup-check-look-at-it-under = Look at it under “{ $step }”
setup-check-check-of-the-whole = Check of the whole list
setup-check-finding = Finding
setup-check-how-much-it-matters = How much it matters
setup-check-where-to-mend-it = Where to mend it
setup-check-for-example-records = For example, records
setup-check-count = Count
setup-check-matters = Matters
setup-check-mend = Mend
setup-check-figures-of-the-check = Figures of the check
setup-check-the-list-takes-too = The list takes too long to be read as a whole here. Once the event is saved, “Check the whole feed” in its configurator does that.
setup-check-the-source-has-count = The source has: { $count }. Nobody is mailed: invitations are off until you write one.
setup-check-the-first-people-by = The first people, by name
setup-check-person = Person
setup-check-what-a-sync-would = What a sync would do
setup-check-record-position = Record { $position }
setup-check-outcome = Outcome
setup-check-these-are-the-first = These are the first; the source has more.
setup-check-automatic-sync = Automatic sync
setup-check-only-when-asked = Only when asked
setup-check-every-hour = Every hour
setup-check-save-the-event = Save the event
setup-check-saves-the-settings-nobody = Saves the settings. Nobody is added until the first sync.

## setup/connect.html

setup-connect-connect-add-an-event = Connect · Add an event
setup-connect-not-connected-yet-correct = <strong>Not connected yet.</strong> Correct what is marked below.
setup-connect-where-are-the-registrations = Where are the registrations?
setup-connect-event-name = Event name
setup-connect-the-name-that-people = The name that people see, such as DevCon 2026
setup-connect-address-of-the-list = Address of the list
setup-connect-the-address-from-which = The address from which your registration system gives the list: JSON or CSV
setup-connect-key-or-password = Key or password
setup-connect-the-one-typed-before = The one typed before is kept for an hour. Type here only to replace it.
setup-connect-leave-it-empty-if = Leave it empty if the list is public. It is stored separately and never shown.
setup-connect-how-the-key-is = How the key is sent
setup-connect-user-name-or-name = User name, or name of the header or parameter
setup-connect-only-if-the-key = Only if the key is sent with one
setup-connect-paste-a-curl-command = Paste a curl command instead
setup-connect-curl-command = curl command
setup-connect-address-headers-body-and = Address, headers, body and key are taken from it. It is not shown again, as it may contain the key.
setup-connect-paste-an-example-answer = Paste an example answer instead
setup-connect-example-answer = Example answer
setup-connect-an-example-was-pasted = An example was pasted before; what was found in it stays until you paste another, or enter the address.
setup-connect-json-or-csv-as = JSON or CSV, as the documentation of the API shows it. You can go on without an address and a key, and add them later. It is kept for an hour.
setup-connect-upload-a-list-instead = Upload a list instead
setup-connect-list-of-all-people = List of all people: CSV, XLSX or JSON
setup-connect-name-was-uploaded-and = { $name } was uploaded and is kept for an hour. Choose a file only to replace it.
setup-connect-choose-a-file-or = Choose a file or drop it here, at most { $most }. Whenever the list changes, you upload it again.
setup-connect-community-time-zone-and = Community, time zone and event ID
setup-connect-community-id = Community ID
setup-connect-the-community-whose-users = The community whose users the attendees become. Leave it empty for a new one, named after the event.
setup-connect-time-zone = Time zone
setup-connect-type-a-city-such = Type a city, such as Amsterdam
setup-connect-event-id = Event ID
setup-connect-leave-it-empty-to = Leave it empty to make it from the name; it cannot be changed later
setup-connect-connect = Connect
setup-connect-reads-the-list-nothing = Reads the list. Nothing is saved as an event yet; the draft is kept for a week.
setup-connect-is-your-registration-system = Is your registration system among the <a>presets</a>? They know its address. Or fill in <a2>the whole form</a2>.

## setup/fields.html

setup-fields-match-fields-add-an = Match fields · Add an event
setup-fields-choose-which-field-of = Choose which field of the source each of ours comes from. The values are those of one person at a time.
setup-fields-not-taken-over-yet = <strong>Not taken over yet.</strong> Correct the expressions marked below.
setup-fields-record-record-issue = Record { $record }: { $issue }
setup-fields-record-record-of-the = Record { $record } of the first { $records }
setup-fields-previous-record = Previous record
setup-fields-next-record = Next record
setup-fields-show-the-values = Show the values
setup-fields-our-field = Our field
setup-fields-their-field = Their field
setup-fields-resulting-value = Resulting value
setup-fields-choose = Choose…
setup-fields-not-used = Not used
setup-fields-what-is-done-to = What is done to { $label }
setup-fields-as-it-is = As it is
setup-fields-an-expression-is-used = An expression is used, see below.
setup-fields-no-value = No value
setup-fields-write-expressions-instead = Write expressions instead
setup-fields-an-expression-counts-more = An expression counts more than what is chosen above. The fields of the record are its variables, as in <code>company or parent.invoice.company</code>.
setup-fields-expression-for-label = Expression for { $label }

## setup/list.html

setup-list-find-the-list-add = Find the list · Add an event
setup-list-that-choice-could-not = That choice could not be read.
setup-list-the-command-has-further = The command has further keys, which were left out: { $left_out }. If the source needs them, use <a>the whole form</a>.
setup-list-the-list = The list
setup-list-which-list-are-the = Which list are the people in?
setup-list-how-pages-follow-each = How pages follow each other
setup-list-use-this-list = Use this list
setup-list-the-answer-as-it = The answer as it came

## setup/live.html

setup-live-go-live-name = Go live · { $name }
setup-live-the-event-was-saved = The event was saved.
setup-live-it-syncs-every-hour = It syncs every hour.
setup-live-it-syncs-only-when = It syncs only when asked.
setup-live-look-first-or-change = Look first, or change it
setup-live-preview-the-sync = Preview the sync
setup-live-shows-what-it-would = Shows what it would do, and changes nothing.
setup-live-all-settings-as-a = <a>All settings as a form</a>: schedule, safety limits, rules and more
setup-live-the-whole-document-as = The whole document as text
setup-live-the-event = The event

## setup/lost.html

setup-lost-this-draft-is-not = This draft is not kept any more
setup-lost-a-draft-is-kept = A draft is kept for a week after its last change, for the person who began it. If it was saved, its event is in the list of <a>events</a>.
setup-lost-start-again = Start again

## setup/rules.html

setup-rules-rules-add-an-event = Rules · Add an event
setup-rules-some-records-are-of = Some records are of people who do not attend, and some values are groups. Choose what a value means; everybody else attends. All matching rules apply, in order.
setup-rules-no-record-that-was = No record that was read looks as if somebody does not attend.
setup-rules-other-values-that-occur = Other values that occur
setup-rules-add-a-rule = Add a rule
setup-rules-choose = Choose…
setup-rules-comparison = Comparison
setup-rules-then = Then
setup-rules-remove-from-the-event = Remove from the event
setup-rules-ignore-the-record = Ignore the record
setup-rules-give-the-group = Give the group …
setup-rules-add-this-rule = Add this rule
setup-rules-write-the-rules-as = Write the rules as code
setup-rules-rules-as-the-document = Rules as the document writes them
setup-rules-a-json-list-a = A JSON list. A condition may also be an expression: {"{"}"when": "canceled or item == 3", "then": {"{"}"add_group": "VIP"{"}"}{"}"}
setup-rules-use-this-code = Use this code

## sign_in.html

sign-in-sign-in = Sign in
sign-in-your-session-has-ended = <strong>Your session has ended.</strong> What you typed is kept for an hour: sign in to continue.
sign-in-sign-in-to-continue = Sign in to continue: you then come to the page you asked for.
sign-in-open-the-sign-in = Open the sign-in link that was printed when the program started. Each link works once, within 24 hours. A restart prints a new link.
sign-in-or-paste-an-api = Or paste an API token, or a token of your identity provider (the session then ends when the token expires):
sign-in-or-paste-an-api-token = Or paste an API token:
sign-in-paste-an-api-token = Paste an API token, or a token of your identity provider (the session then ends when the token expires):
sign-in-paste-an-api-token-2 = Paste an API token:
sign-in-api-token = API token
sign-in-signed-in-already-go = Signed in already? <a>Go to the events</a>.
sign-in-sign-in-with-your = Sign in with your organisation
sign-in-or-open-the-sign = Or open the sign-in link that was printed when the program started. Each link works once, within 24 hours. A restart prints a new link.

## suppressions.html

suppressions-suppression-list-community = Suppression list · { $community }
suppressions-suppression-list = Suppression list
suppressions-suppression-list-of-community = Suppression list of { $community }
suppressions-these-addresses-get-no = These addresses get no mail from any event of the community. An address is added when the person unsubscribes, when a mail bounces permanently, or when a mail is reported as spam.
suppressions-add-an-address = Add an address
suppressions-email-address-to-suppress = E-mail address to suppress
suppressions-suppress-address = Suppress address
suppressions-addresses = Addresses
suppressions-no-addresses = No addresses.
suppressions-no-more-addresses = No more addresses.
suppressions-all-users-of-the = All users of the community can get mail.
suppressions-address = Address
suppressions-why = Why
suppressions-since = Since
suppressions-not-a-user-of = Not a user of the community; ID { $person }
suppressions-allow-mail-again-to = Allow mail again to { $email }
suppressions-allow-mail-again = Allow mail again

## tokens.html

tokens-people-and-tokens = People and tokens
tokens-the-token-name-was = <strong>The token { $name } was made.</strong> Copy it now: it is not shown again.
tokens-make-a-token = Make a token
tokens-give-each-person-and = Give each person and each program a token of their own. People sign in to this console with it.
tokens-for-whom-or-what = For whom or what
tokens-role = Role
tokens-community = Community
tokens-all-communities-those-to = All communities, those to come too
tokens-make-the-token = Make the token
tokens-tokens = Tokens
tokens-whoever-installed-this-program = Whoever installed this program also has the owner's token, which is admin of all communities and is not listed.
tokens-no-further-tokens-yet = No further tokens yet.
tokens-made = Made
tokens-revoke-the-token-name = Revoke the token { $name }
tokens-revoke = Revoke
tokens-people-of-an-identity = People of an identity provider
tokens-nobody-signed-in-by = Nobody signed in by an identity provider lately. Their roles come from there, with each sign-in.
tokens-who-signed-in-lately = Who signed in lately. Their roles come from the identity provider, with each sign-in: to end their access, change it there.
tokens-last-sign-in = Last sign-in

## unsubscribe.html

unsubscribe-unsubscribe = Unsubscribe
unsubscribe-do-you-want-to = Do you want to unsubscribe from all mail of <strong>{ $community }</strong>?
unsubscribe-unsubscribe-me = Unsubscribe me
unsubscribe-nothing-changes-until-you = Nothing changes until you press the button.
unsubscribe-you-are-unsubscribed = You are unsubscribed
unsubscribe-you-will-get-no = You will get no more mail from this sender.
unsubscribe-a-mail-that-was = A mail that was already sent may still arrive. You can close this page.
unsubscribe-this-link-is-not = This link is not valid
unsubscribe-the-link-is-wrong = The link is wrong or incomplete. Open the link in the mail again, or copy the complete link.
unsubscribe-the-link-in-a = The link in a test mail also leads here; it unsubscribes nobody.
unsubscribe-please-try-again-later = Please try again later
unsubscribe-too-many-invalid-links = Too many invalid links were opened from your network. Try again in { $seconds } seconds.

## upload.html

upload-upload-a-new-list = Upload a new list · { $name }
upload-upload-a-new-list-2 = Upload a new list
upload-not-uploaded = Not uploaded.
upload-the-list-of-this = The list of this event is <strong>{ $name }</strong> ({ $size }), uploaded { $when }. A new one takes its place and is synced at once.
upload-no-list-is-uploaded = No list is uploaded for this event, or it was deleted because somebody in it was erased. Upload one to sync it.
