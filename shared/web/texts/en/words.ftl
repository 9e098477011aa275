# The texts in Rust, by module. CONTRIBUTING.md says how to add one.

## access/session_book.rs

access-session-book-browser-on-system = { $browser } on { $system }
access-session-book-unknown-browser = unknown browser

## asking.rs

asking-the-source-is-too = the source is too large or too slow for a preview; run a sync instead: its safety limits pause large removals
asking-the-source-takes-too = the source takes too long to respond; try again later, or contact your registration provider
asking-the-source-takes-too-long = the source takes too long to read; set source.one_person, so that one person can be read alone

## check_places.rs

check-places-this-community-already-runs = this community already runs two previews, connection tests or feed checks, which is the limit; try again when one of them has ended
check-places-this-community-already-reads = this community already reads four people from its sources, which is the limit; try again in a few seconds

## counts

count-attendees = { $count ->
        [one] { $count } attendee
       *[other] { $count } attendees
    }
count-added = { $count } added
count-badges = { $count ->
        [one] { $count } digital badge
       *[other] { $count } digital badges
    }
count-changed = { $count } changed
count-changes = { $count ->
        [one] { $count } change
       *[other] { $count } changes
    }
count-errors = { $count ->
        [one] { $count } error
       *[other] { $count } errors
    }
count-fields = { $count ->
        [one] { $count } field
       *[other] { $count } fields
    }
count-invitations = { $count ->
        [one] { $count } invitation
       *[other] { $count } invitations
    }
count-issues = { $count ->
        [one] { $count } issue
       *[other] { $count } issues
    }
count-jobs = { $count ->
        [one] { $count } job
       *[other] { $count } jobs
    }
count-not-imported = { $count } not imported
count-unchanged = { $count } unchanged
count-members = { $count ->
        [one] { $count } member
       *[other] { $count } members
    }
count-notices = { $count ->
        [one] { $count } notice
       *[other] { $count } notices
    }
count-pages = { $count ->
        [one] { $count } page
       *[other] { $count } pages
    }
count-people = { $count ->
        [one] { $count } person
       *[other] { $count } people
    }
count-presets = { $count ->
        [one] { $count } preset
       *[other] { $count } presets
    }
count-records = { $count ->
        [one] { $count } record
       *[other] { $count } records
    }
count-removals = { $count ->
        [one] { $count } removal
       *[other] { $count } removals
    }
count-rows = { $count ->
        [one] { $count } row
       *[other] { $count } rows
    }
count-warnings = { $count ->
        [one] { $count } warning
       *[other] { $count } warnings
    }

## credential.rs

credential-the-document-has-no = the document has no source.authentication that uses a credential; add it first, or leave this field empty

## diagnoses.rs

diagnoses-the-source-is-too = the source is too large or too slow for this check; test the connection, which reads one page, or run a sync and read its issues

## extract.rs

extract-not-a-groups-name = not a group’s name
extract-send-json-and-say = send JSON, and say so: Content-Type: application/json
extract-send-a-form = send a form

## fields

field-email = e-mail
field-source-id = source ID
field-title = title
field-first-name = first name
field-last-name = last name
field-job-title = job title
field-company = company
field-country = country
field-additional-info = additional info
field-biography = biography
field-groups = groups
field-digital-badge = digital badge
field-notice = notice
field-warning = warning
field-error = error

## fill.rs

fill-a-value-is-missing = a value is missing; for example { $example }
fill-the-preset-has-no = the preset has no such parameter; it has { $known }
fill-the-value-reason-for = the value { $reason }; for example { $example }

## form_file.rs

form-file-the-file-is-too = the file is too large: at most { $most } are taken here; leave out columns that are not needed, or save it as CSV

## gate.rs

gate-this-host-name-is = this host name is not served; use the address that was printed when the program started
gate-this-took-longer-than = this took longer than a request may take; the work done so far is kept, and repeating the request continues from there
gate-the-api-token-is = the API token is wrong
gate-send-the-api-token = send the API token: Authorization: Bearer …
gate-the-form-does-not = the form does not come from a page of this session; reload the page and send it again

## inviting.rs

inviting-the-event-belongs-to = the event belongs to "{ $community }" and stays there
inviting-your-role-does-not = your role does not allow this; a test of an unsaved configuration needs the role { $role } in the community "{ $community }": leave the configuration out to test the saved invitation

## lists/export.rs

lists-export-format-is-csv-json = format is csv, json or jsonl

## lists/filters.rs

lists-filters-invitation-is-none-queued = invitation is none, queued, sending, sent, delivered, bounced, complained, failed or in_doubt
lists-filters-activity-is-no-account = activity is no_account or not_entered
lists-filters-changed-in-is-the = changed_in is the number of a run
lists-filters-updated-since-is-a = updated_since is a time in UTC (RFC 3339), like 2026-11-01T09:00:00Z
lists-filters-status-is-attending-removed = status is attending, removed or all
lists-filters-sort-is-name-email = sort is name, email, company, country, added or updated, perhaps with - before it
lists-filters-action-is-added-updated = action is added, updated, removed, moved or erased
lists-filters-severity-is-notice-warning = severity is notice, warning or error

## lists/kept_words.rs

lists-kept-words-your-search-has-expired = your search has expired: a search is kept for an hour, and ends when somebody is erased; go back to the list and type it again

## lists/links.rs

lists-links-first-page = First page
lists-links-next-page = Next page
lists-links-newest = Newest
lists-links-older = Older
lists-links-pages = Pages

## lists/paging.rs

lists-paging-limit-is-a-number = limit is a number from 1 to { $limit }
lists-paging-this-page-of-the = this page of the list does not exist: the address has a wrong "{ $parameter }"; go back to the beginning of the list
lists-paging-cursor-is-not-valid = cursor is not valid for this list; use the next_cursor of its last page

## pages.rs

pages-no-role = no role
pages-attendees = Attendees
pages-groups = Groups
pages-sync-history = Sync history
pages-invitations = Invitations
pages-sync-configurator = Sync configurator

## pages/account.rs

account-all-communities = All communities
account-asks-whether-somebody-has = Asks whether somebody has access, and reads groups: for the event app
account-looks-people-up-syncs = Looks people up; syncs, invites, blocks and unblocks one person
account-sees-everything-except-credentials = Sees everything except credentials
account-syncs-approves-invites-and = Syncs, approves, invites, and changes people
account-configures-events-sets-credentials = Configures events, sets credentials, erases people

## pages/attendee_columns.rs

attendee-columns-email = E-mail
attendee-columns-job-title = Job title
attendee-columns-company = Company
attendee-columns-country = Country
attendee-columns-groups = Groups
attendee-columns-invitation = Invitation
attendee-columns-status = Status
attendee-columns-source-id = Source ID
attendee-columns-added = Added
attendee-columns-last-changed = Last changed

## pages/attendee_filter.rs

attendee-filter-group = group
attendee-filter-country = country
attendee-filter-invitation = invitation
attendee-filter-changed = changed
attendee-filter-name-or-email = name or e-mail
attendee-filter-attending = Attending
attendee-filter-removed = Removed
attendee-filter-all = All
attendee-filter-no-account-yet = No account yet
attendee-filter-not-entered-yet = Not entered yet
attendee-filter-in-the-last-sync = In the last sync
attendee-filter-name = Name
attendee-filter-email = E-mail
attendee-filter-company = Company
attendee-filter-sort-country = Country
attendee-filter-last-changed = Last changed
attendee-filter-last-added = Last added
attendee-filter-pages = Pages
attendee-filter-first-page = First page
attendee-filter-next-page = Next page
attendee-filter-the-attendees = the attendees

## pages/attendees.rs

attendees-number-to-number-of = { $number } to { $number2 } of { $total }

## pages/audit.rs

audit-the-audit-log = the audit log

## pages/badges.rs

badges-bad-cannot-be-shown = { $bad } cannot be shown in the app
badges-checked-all-are = { $badges } checked: all are JPG, PNG or PDF
badges-left-not-checked-yet = { $checked }, { $left } not checked yet

## pages/blocks.rs

blocks-the-credential-typed-before = The credential typed before is kept for this form for an hour, and not shown. Type here only to replace it.
blocks-one-is-stored-as = One is stored as { $name }. Leave this empty to keep it.
blocks-none-is-stored-as = None is stored as { $name } yet. { $help }
blocks-help-it-is-never = { $help } It is never shown again.
blocks-found-for-example-example = Found, for example “{ $example }”.
blocks-found-and-blank-in = Found, and blank in all records tested.
blocks-perhaps-path = perhaps { $path }
blocks-no-record-tested-has = No record tested has it; { $perhaps }.
blocks-no-record-tested-has-it = No record tested has it.
blocks-label-taken-from = { $label }: taken from
blocks-stored-now-nothing = Stored now: nothing.
blocks-stored-now-text = Stored now: { $text }

## pages/by_hand.rs

by-hand-nothing-was-changed = Nothing was changed. { $reasons }.

## pages/chart.rs

chart-state-run = { $state }: run { $numbers }.
chart-state-runs = { $state }: runs { $numbers }.
chart-records-read = Records read
chart-people-changed = People changed
chart-seconds = Seconds
chart-runs-number-to-number = Runs { $number } to { $number2 }, the oldest on the left: from { $began } to { $began2 }
chart-history-of-runs-runs = History of { $runs } runs, the oldest first.
chart-name-at-most-most = { $name }: at most { $most }.
chart-failed = Failed
chart-interrupted = Interrupted
chart-stopped = Stopped
chart-held = Held
chart-the-table-below-has = The table below has all figures.

## pages/configuration_history.rs

configuration-history-nothing = nothing
configuration-history-changed = { $count ->
        [0] saved it without a change
        [one] changed one setting
       *[other] changed { $count } settings
    }
configuration-history-created-the-event = created the event
configuration-history-saved-the-configuration = saved the configuration
configuration-history-empty-text = empty text

## pages/configurator_form.rs

configurator-form-refused-correct-these-fields = { $refused }: correct these fields first.
configurator-form-not-saved = Not saved
configurator-form-test-not-run = Test not run
configurator-form-not-saved-the-configuration = Not saved: the configuration was changed by someone else meanwhile. Your input is kept below, and fields that differ from the stored configuration say so. Save again to replace the stored configuration.

## pages/dead_letters.rs

dead-letters-retry = { $count ->
        [one] Retry this job
       *[other] Retry these { $count } jobs
    }
dead-letters-runs = Runs
dead-letters-syncs-and-approvals-that = Syncs and approvals that could not start or continue.
dead-letters-batches = Batches
dead-letters-parts-of-a-sync = Parts of a sync, up to 100 people each, that could not be applied.
dead-letters-invitations = Invitations
dead-letters-events-whose-invitations-could = Events whose invitations could not be sent.
dead-letters-title-the-failed-jobs = { $title }: the failed jobs are being retried. A job that fails again comes back to this list.

## pages/delete_event.rs

delete-event-type-event-to-confirm-that = Type { $event } to confirm that this is the event to delete.

## pages/doctor.rs

doctor-correct-the-errors-below = Correct the errors below before you sync the event.
doctor-the-event-can-be = The event can be synced, but some records would be rejected.
doctor-the-event-can-be-synced = The event can be synced, but some values would be left out or look wrong.
doctor-the-event-can-be-synced-2 = The event can be synced.
doctor-records = Records
doctor-people = People
doctor-groups = Groups
doctor-attend = Attend
doctor-removed-by-a-rule = Removed by a rule
doctor-erased = Erased
doctor-ignored = Ignored
doctor-rejected = Rejected
doctor-pages = Pages
doctor-records-of-rule-rule = Records of rule { $rule }
doctor-received = Received
doctor-reading-took = Reading took
doctor-first-sync-about = First sync, about

## pages/dossier.rs

dossier-yes = yes
dossier-no = no
dossier-event-event-run-run = Event { $event }, run { $run }
dossier-event-event = Event { $event }

## pages/editor.rs

editor-the-document-has-no = The document has no authentication that needs one.
editor-one-is-stored-as = One is stored as { $name }. Leave this empty to keep it.
editor-none-is-stored-as = None is stored as { $name } yet.
editor-not-saved = Not saved.
editor-test-not-run = Test not run.
editor-this-is-not-json = this is not JSON: { $error }

## pages/events.rs

events-there-are-more-than = There are more than { $most_events } events. These are the first of them, and words are looked for in event IDs alone. Choose a community to see all of its events.
events-failing = Failing
events-waits-for-you = Waits for you
events-overdue = Overdue
events-fine = Fine
events-about-count = about { $count }
events-of-the-last-over = Of the last { $over } runs, { $good } read the source

## pages/group_edit.rs

group-edit-never = Never
group-edit-when-the-app-opens = When the app opens for attendees
group-edit-when-the-event-starts = When the event starts
group-edit-when-the-event-ends = When the event ends
group-edit-at-the-time-below = At the time below
group-edit-new-group = New group
group-edit-enter-the-date-and = Enter the date and time at which the group ends.
group-edit-enter-the-name-of = Enter the name of the group.

## pages/groups.rs

groups-added-to-the-group = Added to the group by hand. No sync removes it.
groups-removed-from-the-group = Removed from the group by hand.
groups-nothing-to-change-it = Nothing to change: it was like this already.
groups-pages = Pages
groups-first-page = First page
groups-next-page = Next page
groups-only-in-this-event = Only in this event
groups-only-in-event = Only in { $event }
groups-ended = Ended
groups-ends-at = Ends { $time }
groups-ends-when-the-app = Ends when the app opens
groups-ends-when-the-event = Ends when the event starts
groups-ends-with-the-event = Ends with the event
groups-by-hand = By hand
groups-this-events-sync = This event’s sync
groups-sync-of-event = Sync of { $event }
groups-enter-the-name-of = Enter the name of the group.
groups-no-user-of-the = No user of the community has this address. Groups can be assigned only to people whom a sync has brought in.

## pages/help_desk.rs

help-desk-this-person-was-erased = This person was erased permanently from the whole community.
help-desk-this-search-is-not = This search is not kept any more. Type it again.

## pages/hidden_groups.rs

hidden-groups-this-invitation-prints-groups = This invitation prints groups, and attendees are not to see all of them: { $names }. Print only the groups that you want them to see, for example by a condition on their names, or do not print groups.

## pages/hooks.rs

hooks-everything = everything
hooks-mail = Mail
hooks-webhook = Webhook
hooks-unknown = Unknown
hooks-not-signed-the-address = Not signed: the address is the secret (pretix, Eventbrite)
hooks-hmac-sha-256-in = HMAC-SHA-256 in a header, as GitHub does
hooks-read-the-people-it = Read the people it named
hooks-read-what-changed = Read what changed
hooks-read-the-whole-list = Read the whole list
hooks-the-source-could-not = The source could not be read; it is tried again
hooks-unknown-address = Unknown address
hooks-no-signature-check-the = No signature: check the kind of signature below
hooks-wrong-signature-check-the = Wrong signature: check the secret
hooks-signed-more-than-five = Signed more than five minutes ago, or in the future
hooks-larger-than-1-mib = Larger than 1 MiB
hooks-no-secret-is-stored = No secret is stored to check the signature by

## pages/import.rs

import-import-changes = Import { $changes }
import-and-rest-more-rows = And { $rest } more rows.
import-added-added-changed-changed = { $added } added, { $changed } changed
import-nothing-was-left-to = Nothing was left to undo of this import.
import-undone-what-the-import = Undone: what the import set of { $people } follows the sync again. Who was added by it alone has left the event.
import-choose-a-file-first = choose a file first
import-the-list-is-not = The list is not kept any more: it is kept for an hour, and goes when somebody is erased. Upload it again.

## pages/import_view.rs

import-view-not-used = Not used
import-view-added = Added
import-view-changed = Changed
import-view-unchanged = Unchanged
import-view-not-imported = Not imported
import-view-figures = { $figures }.
import-view-are-invited = { $figures }. Those who are added are invited.
import-view-are-not-invited = { $figures }. They are not invited, as they are more than may be invited without approval: invite them on the page Invitations.

## pages/invitation_form.rs

invitation-form-maximum-invitations-per-sync = Maximum invitations per sync
invitation-form-if-a-sync-would = If a sync would invite more people, their invitations wait for your approval
invitation-form-sender = Sender
invitation-form-for-example-devcon-noreply = For example DevCon <noreply@devcon.example>; the mail service must allow this sender
invitation-form-reply-to = Reply-to
invitation-form-leave-it-empty-if = Leave it empty if replies go to the sender
invitation-form-where-attendees-sign-in = Where attendees sign in
invitation-form-the-link-that-sign = The link that {"{"}{"{"} sign_in_url {"}"}{"}"} inserts, such as https://app.devcon.example
invitation-form-test-recipients = Test recipients
invitation-form-addresses-that-may-get = Addresses that may get test mails, besides attendees, separated by commas
invitation-form-subject = Subject
invitation-form-for-example-welcome-to = For example Welcome to {"{"}{"{"} event.name {"}"}{"}"}, {"{"}{"{"} first_name {"}"}{"}"}
invitation-form-text-of-the-mail = Text of the mail, in Markdown
invitation-form-preview-for-this-attendee = Preview for this attendee
invitation-form-the-address-of-an = The address of an attendee. Leave it empty to use an example person
invitation-form-send-a-test-to = Send a test to
invitation-form-an-attendee-or-a = An attendee or a saved test recipient. A test does not count as an invitation
invitation-form-enter-a-whole-number = enter a whole number
invitation-form-refused-correct-these-fields = { $refused }: correct these fields first.

## pages/invitation_overview.rs

invitation-overview-requested-discarded = Invitations that were requested were discarded and are being withdrawn.
invitation-overview-requested-sent = Invitations that were requested are being sent one after the other.
invitation-overview-of-run-discarded = Invitations of run { $number } were discarded and are being withdrawn.
invitation-overview-of-run-sent = Invitations of run { $number } are being sent one after the other.
invitation-overview-invite-the-not-invited = Invite the { $not_invited } not yet invited

## pages/invitations.rs

invitations-the-invitation-was-saved = The invitation was saved. All mails sent from now on use it.
invitations-the-invitations-are-being = The invitations are being sent one after the other.
invitations-not-saved = Not saved
invitations-no-preview = No preview
invitations-test-not-sent = Test not sent
invitations-a-test-was-sent = A test was sent to { $to }. Nothing was saved.
invitations-a-test-of-the = A test of the saved invitation was sent to { $to }.

## pages/invite.rs

invite-the-form-is-incomplete = the form is incomplete: it does not say how many people to invite; reload the page

## pages/new_event.rs

new-event-stored-separately-and-never = Stored separately and never shown. Leave it empty if the document has no authentication.
new-event-found-of-presets = { $found } of { $presets }

## pages/one_person.rs

one-person-added-to-the-event = Added to the event.
one-person-updated = Updated.
one-person-removed-from-the-event = Removed from the event.
one-person-removed-from-the-event-the = Removed from the event: the ticket now has another address.
one-person-erased-permanently = Erased permanently.
one-person-nothing-changed-the-source = Nothing changed: the source could not be read.
one-person-nothing-changed-the-sync = Nothing changed: the sync ended early.
one-person-nothing-changed-the-source-has = Nothing changed: the source has no record with this e-mail address, or a rule ignores it.
one-person-nothing-changed-this-persons = Nothing changed: this person’s record was rejected. The issue below says why.
one-person-nothing-changed-the-event = Nothing changed: the event already has the data of the source.

## pages/organisation.rs

organisation-signed-in = Signed in
organisation-your-organisation-signed-you = Your organisation signed you in.
organisation-continue = Continue
organisation-signed-out = Signed out
organisation-you-are-signed-out = You are signed out here.
organisation-sign-out-at-your = Sign out at your organisation

## pages/person.rs

person-the-invitation-is-queued = The invitation is queued and will be sent.
person-nothing-was-sent-the = Nothing was sent: the invitation is already being sent, or the address is on the suppression list.
person-added-to-the-group = Added to the group by hand. No sync removes it.
person-removed-from-the-group = Removed from the group by hand.
person-removed-from-the-event = Removed from the event and blocked. No sync adds them again.
person-unblocked-their-records-count = Unblocked: their records count again.
person-added-by-hand-no = Added by hand. No sync removes them.
person-nothing-was-changed-this = Nothing was changed: this person attends already.
person-set-by-hand-no = Set by hand. No sync changes what you typed.
person-removed-from-the-list = Removed from the list by hand. No sync adds them again.
person-it-follows-the-sync = It follows the sync again.
person-nobody-was-erased-type = Nobody was erased: type exactly their e-mail address to confirm.
person-nothing-to-change-it = Nothing to change: it was like this already.
person-they-were-added-by = They were added by hand: no sync removes them.
person-they-were-removed-from = They were removed from the list by hand: no sync adds them.
person-has-an-account = Has an account
person-no-account-yet = No account yet
person-entered = Entered
person-not-entered-yet = Not entered yet
person-invite = Invite
person-send-the-invitation-again = Send the invitation again
person-nothing-was-changed-enter = Nothing was changed: enter the name of the group.

## pages/preset.rs

preset-time-zone = Time zone
preset-type-a-city-such = Type a city, such as Amsterdam
preset-name = Name
preset-the-name-that-people = The name that people see, such as DevCon 2026
preset-community-id = Community ID
preset-the-community-whose-users = The community whose users the attendees become: lower-case letters, digits and hyphens; a new community is created with the event
preset-event-id = Event ID
preset-leave-it-empty-to = Leave it empty to make it from the name; it cannot be changed later
preset-stored-separately-and-never = Stored separately and never shown; you can also enter it later
preset-find-it-and-it-is-stored = { $find }. Stored separately and never shown; you can also enter it later
preset-for-example-example = For example { $example }
preset-title-written-written = { $title }, written { $written }.

## pages/preview.rs

preview-removed = { $people } would be removed from the event: { $named }.
preview-removed-and-more = { $people } would be removed from the event: { $named }, and { $more } more.
preview-moved = { $people } would be removed from the event because their ticket now has another address: { $named }.
preview-moved-and-more = { $people } would be removed from the event because their ticket now has another address: { $named }, and { $more } more.
preview-erased = { $people } would be erased permanently: { $named }.
preview-erased-and-more = { $people } would be erased permanently: { $named }, and { $more } more.

## pages/run.rs

run-started = Started
run-ended = Ended
run-records-read = Records read
run-added = Added
run-updated = Updated
run-removed = Removed
run-unchanged = Unchanged
run-rejected = Rejected
run-ignored = Ignored
run-pages = Pages
run-invitations-queued = Invitations queued
run-received = Received
run-not-needed = Not needed
run-only-changes = Only changes
run-one-person = One person
run-yes = Yes
run-no = No
run-whole-feed-read = Whole feed read

## pages/run_filter.rs

run-filter-added = Added
run-filter-updated = Updated
run-filter-removed = Removed
run-filter-moved = Moved
run-filter-erased = Erased
run-filter-next-changes = Next changes
run-filter-search-further = Search further
run-filter-pages-of-changes = Pages of changes
run-filter-first-changes = First changes
run-filter-pages-of-issues = Pages of issues
run-filter-first-issues = First issues
run-filter-next-issues = Next issues
run-filter-the-changes = the changes
run-filter-the-issues = the issues

## pages/runs.rs

runs-the-runs = the runs

## pages/saved_filters.rs

saved-filters-enter-a-name-for = Enter a name for the filter.
saved-filters-the-name-has-at = The name has at most { $longest } characters.
saved-filters-you-have-saved-most = You have saved { $most } filters for this event, and no more are kept. Delete one first.

## pages/selection.rs

selection-done-of-all = { $done } of { $all }
selection-select-at-least-one = Select at least one person.
selection-these-are-counted-at = These are { $counted }. At most { $most } can be changed by hand at a time: narrow the list, or write a rule into the configuration, which holds for all of them and for those to come.
selection-invitations-are-off-switch = Invitations are off. Switch them on first, on the tab Invitations.

## pages/selection_work.rs

selection-work-enter-the-name-of = Enter the name of the group first.
selection-work-choose-an-action = Choose an action.
selection-work-invite-people = Invite { $people }
selection-work-add-people-to-group = Add { $people } to { $group }
selection-work-remove-people-from-group = Remove { $people } from { $group }
selection-work-remove-and-block-people = Remove and block { $people }
selection-work-unblock-people = Unblock { $people }
selection-work-each-selected-attendee-without = Each selected attendee without an invitation gets one mail. This cannot be undone. Addresses on the suppression list get none.
selection-work-they-are-added-to = They are added to the group by hand: no sync removes them. A new group is created if there is none with this name.
selection-work-what-was-assigned-by = What was assigned by hand is taken back. Who is in the group because of a sync stays in it.
selection-work-they-are-removed-from = They are removed from the event and blocked: they have no access, whatever the source says, until somebody unblocks them. Their profiles stay in the community.
selection-work-the-removal-by-hand = The removal by hand is undone. They have access again if the source lists them.
selection-work-invited = Invited
selection-work-invited-already = Invited already
selection-work-added-to-the-group = Added to the group
selection-work-in-the-group-by = In the group by hand already
selection-work-no-longer-in-the = No longer in the group by hand
selection-work-not-in-the-group = Not in the group by hand before
selection-work-removed-and-blocked = Removed and blocked
selection-work-blocked-already = Blocked already
selection-work-unblocked-they-have-access = Unblocked; they have access if the source lists them
selection-work-not-blocked-before = Not blocked before
selection-work-not-attending-and-not = Not attending, and not invited
selection-work-no-longer-in-the-event = No longer in the event

## pages/setup.rs

setup-count = { $people } in { $pages }
setup-count-at-least = At least { $people } in { $pages }
setup-connect = Connect
setup-find-the-list = Find the list
setup-match-fields = Match fields
setup-rules = Rules
setup-check = Check
setup-go-live = Go live
setup-the-source-refused-the = the source refused the request ({ $status }); check the key
setup-the-top-of-the = the top of the answer

## pages/setup/check.rs

setup-check-the-key-is-not = the key is not kept any more; enter it again
setup-check-choose-which-field-of = choose which field of the source it comes from
setup-check-only-an-example-was = only an example was pasted; enter the address of the list and its key, or upload the list
setup-check-there-is-an-event = there is an event "{ $event }" already; choose another name or event ID
setup-check-record-position-reason = record { $position }: { $reason }
setup-check-no-record-that-was = no record that was read has a value at "{ $path }"

## pages/setup/connect.rs

setup-connect-required = required
setup-connect-error-nothing-of-it = { $error }; nothing of it was kept
setup-connect-this-is-no-address = this is no address; it begins with https://
setup-connect-required-the-documentation-of = required; the documentation of your registration system says which address lists the registrations

## pages/setup/fields.rs

setup-fields-no-value-yet = no value yet
setup-fields-path-split-at-separator = { $path }, split at “{ $separator }”
setup-fields-path-or-other-where = { $path }, or “{ $other }” where it is blank
setup-fields-and = { $before } and { $last }
setup-fields-together = Together: { $fields }
setup-fields-put-together-from-several = Put together from several fields, as proposed

## pages/setup/found.rs

setup-found-error = Error
setup-found-warning = Warning
setup-found-notice = Notice

## pages/setup/given.rs

setup-given-example = Example
setup-given-use-lower-case-letters = use lower-case letters, digits and hyphens

## pages/setup/list.rs

setup-list-found-could-be-read = { $found } could be read, and that is not all: { $error } Choose below how pages follow each other.
setup-list-the-example-has-records = The example has { $records }. How many there are in all is seen once the address is there.
setup-list-at-least-found-the = At least { $found }; the rest is read by the sync.
setup-list-found-at = { $people } found at { $place }
setup-list-the-answer-is-a = The answer is a table; each of its { $rows } is one person.
setup-list-a-link-to-the = A link to the next page in the answer
setup-list-a-link-to-the-next = A link to the next page in the headers of the answer
setup-list-page-numbers-in-the = Page numbers in the request
setup-list-offset-and-limit-in = Offset and limit in the request
setup-list-a-cursor-that-the = A cursor that the answer gives
setup-list-no-pages-this-answer = No pages: this answer is the whole list

## pages/setup/rules.rs

setup-rules-is = is
setup-rules-contains = contains
setup-rules-is-not = is not
setup-rules-is-blank = is blank
setup-rules-has-a-value = has a value
setup-rules-choose-a-field = choose a field
setup-rules-choose-a-comparison = choose a comparison
setup-rules-enter-the-value-to = enter the value to compare with
setup-rules-choose-what-the-rule = choose what the rule does
setup-rules-enter-the-name-of = enter the name of the group
setup-rules-this-is-no-list = this is no list of rules: { $error }
setup-rules-in-rule = rule { $number }: { $reason }

## pages/sign_in.rs

sign-in-this-sign-in-link = This sign-in link was used already or has expired. Use a new link or an API token.
sign-in-wrong-or-revoked-token = Wrong or revoked token.

## pages/source_answer.rs

source-answer-records = { $count ->
        [0] The source has no record with this address; { $read } read in { $took }.
        [one] The source has 1 record for this person; { $read } read in { $took }.
       *[other] The source has { $count } records for this person; { $read } read in { $took }.
    }
source-answer-or-more = The source has { $count } or more records for this person; { $read } read in { $took }.
source-answer-the-source-could-not = The source could not be read.

## pages/suppressions.rs

suppressions-the-address-is-suppressed = The address is suppressed: it gets no more mail.
suppressions-the-address-can-get = The address can get mail again.
suppressions-the-addresses = the addresses

## pages/tokens.rs

tokens-role-of-all-communities = { $role } of all communities
tokens-role-of-community = { $role } of { $community }
tokens-the-token-is-revoked = The token is revoked. Within a minute, nobody can use it any more.

## pages/trial.rs

trial-would-attend = { $count } would attend
trial-removed = { $count } removed by a rule
trial-users-only = { $count } users only, by a rule
trial-erased = { $count } erased
trial-ignored = { $count } ignored
trial-rejected = { $count } rejected
trial-no-content-type = no content type
trial-status-kind-after-milliseconds = { $status }, { $kind }, after { $milliseconds } ms
trial-the-source-could-not = The source could not be read.
trial-the-source-responded-but = The source responded, but there are no records at “Path to the list of registrations”.
trial-the-source-responded-of = The source responded. Of { $read }: { $outcomes }.
trial-filled-of-records = { $filled } of { $records }
trial-count-of-records = { $count } of { $records }
trial-ignores-the-record = ignores the record
trial-removes-the-person-from = removes the person from the event
trial-makes-the-person-a = makes the person a user who does not attend
trial-adds-the-group-group = adds the group { $group }
trial-removes-the-group-group = removes the group { $group }
trial-rule-number-when-condition = Rule { $number }, when { $condition }: { $then }
trial-attends = Attends
trial-removed-by-rule-rule = Removed by rule { $rule }
trial-user-only-by-rule = User only, by rule { $rule }
trial-erased-2 = Erased
trial-ignored-2 = Ignored
trial-rejected-2 = Rejected

## pages/upload.rs

upload-choose-a-file-first = choose a file first

## pages/verdict.rs

verdict-has-access = Has access
verdict-no-access = No access
verdict-let-them-in-in = Let them in. In the app they sign in as { $email }, with no other address.
verdict-somebody-blocked-them-by = Somebody blocked them by hand: ask who runs the event before you unblock them.
verdict-somebody-removed-them-from = Somebody removed them from the list by hand: ask who runs the event before you add them again.
verdict-a-change-of-theirs = A change of theirs waits for approval: ask who runs the event to decide about it.
verdict-their-record-has-an = Their record has an error, listed below: have it corrected in the registration system, then sync this person.
verdict-if-they-have-a = If they have a valid ticket, check what the registration system says of them now.
verdict-look-for-the-address = Look for the address on their ticket. If it is this one, sync this person: they may have registered since the last sync.
verdict-a-sync-of-the = A sync of the whole event was under way and is over now. If this person is still missing, sync them once more.

## pages/view.rs

view-records-read = records read
view-pages = pages
view-received = received
view-people-to-change = people to change
view-people-changed = people changed
view-does-not-wait = no
view-waiting-on-request-of = waiting on request of the source
view-until = until { $time } UTC
view-added = Added
view-updated = Updated
view-removed = Removed
view-removed-from-the-event = Removed from the event.
view-moved = Moved
view-removed-from-the-event-the = Removed from the event: the ticket now has another address.
view-erased = Erased
view-erased-permanently = Erased permanently.
view-now-empty = now empty
view-add = Add
view-update = Update
view-remove = Remove
view-would-be-removed-from = Would be removed from the event.
view-move = Move
view-would-be-removed-from-the = Would be removed from the event: the ticket now has another address.
view-erase = Erase
view-would-be-erased-permanently = Would be erased permanently.
view-would-be-empty = would be empty
view-notice = Notice
view-warning = Warning
view-error = Error

## pages/waiting.rs

waiting-send = { $count ->
        [one] Send this invitation
       *[other] Send these { $count } invitations
    }
waiting-apply = { $count ->
        [one] Apply this change
       *[other] Apply these { $count } changes
    }
waiting-apply-and-send = { $changes ->
        [one] { $invitations ->
            [one] Apply this change and send this invitation
           *[other] Apply this change and send these { $invitations } invitations
        }
       *[other] { $invitations ->
            [one] Apply these { $changes } changes and send this invitation
           *[other] Apply these { $changes } changes and send these { $invitations } invitations
        }
    }
waiting-discard-invitations = { $count ->
        [one] Discard this invitation
       *[other] Discard these { $count } invitations
    }
waiting-discard-changes = { $count ->
        [one] Discard this change
       *[other] Discard these { $count } changes
    }
waiting-discard-both = { $changes ->
        [one] { $invitations ->
            [one] Discard this change and this invitation
           *[other] Discard this change and these { $invitations } invitations
        }
       *[other] { $invitations ->
            [one] Discard these { $changes } changes and this invitation
           *[other] Discard these { $changes } changes and these { $invitations } invitations
        }
    }
waiting-as-listed = changes { $people }, as listed below
waiting-removes = removes { $people } from the event
waiting-moves = removes { $people } from the event because their tickets now have another address
waiting-erases = erases { $people } permanently from the whole community
waiting-changes = changes the profile of { $people }
waiting-adds = adds { $people } with fields that become empty
waiting-and = { $before }, and { $last }
waiting-all-changes-of-this = All changes of this run were applied; none of them removes anything.
waiting-changes-made-before-the = Changes made before the run ended were applied.
waiting-all-other-changes-of = All other changes of this run were applied.
waiting-pages-of-waiting-changes = Pages of waiting changes
waiting-first-waiting-changes = First waiting changes
waiting-next-waiting-changes = Next waiting changes

## permits.rs

permits-in-a-community = in a community
permits-in-all-communities = in all communities
permits-in-the-community-community = in the community "{ $community }"
permits-your-role-does-not = your role does not allow this; you need the role { $role } { $place }

## problem.rs

problem-error = Error
problem-there-is-nothing-at = there is nothing at this address
problem-this-address-does-not = this address does not support this method; the Allow header lists the methods it supports
problem-too-many-wrong-tokens = too many wrong tokens; try again in { $seconds } seconds
problem-too-many-checks-at = Too many checks at once
problem-your-token-cannot-be = your token cannot be checked now, because the identity provider or the database does not respond; try again in a moment
problem-what-you-typed-before = what you typed before you signed in is not kept any more; open the page again and type it once more
problem-mails-are-not-kept = mails are not kept in a folder here; they are sent
problem-this-installation-has-no = this installation has no queues, so there are no failed jobs: a single process does all the work
problem-the-request-takes-too = The request takes too long
problem-an-internal-error-occurred = an internal error occurred; the log of the program has the details
problem-run-run-is-under = run { $run } is under way; try again when it has ended
problem-a-run-is-under = A run is under way
problem-nothing-waits-for-a = Nothing waits for a decision
problem-the-input-is-not = The input is not valid
problem-correct-the-listed-problems = correct the listed problems and send it again
problem-the-source-could-not = The source could not be read
problem-a-newer-version-of = a newer version of Attendee Sync stored this, and the version that runs now cannot read it; ask the people who run it to go back to the newer version

## save.rs

save-there-is-an-event = there is an event "{ $event }" already
save-the-configuration-was-changed = the configuration was changed by someone else meanwhile; load it again and repeat your change
save-this-is-the-configuration = this is the configuration of "{ $event }"; the ID of an event cannot be changed

## sealed_store.rs

sealed-store-this-is-too-long = this is too long to be kept until the next page; make it shorter

## setup/choices.rs

setup-choices-or = { $before } or { $last }
setup-choices-matches-matches-of-seen = Matches { $matches } of { $seen }
setup-choices-matches-holds-of-of = Matches { $holds } of { $of }
setup-choices-field-is-values = { $field } is { $values }
setup-choices-field-is-not-values = { $field } is not { $values }
setup-choices-field-contains-values = { $field } contains { $values }
setup-choices-field-is-blank = { $field } is blank
setup-choices-field-has-a-value = { $field } has a value

## setup/connect.rs

setup-connect-the-source-answered-status = the source answered { $status } and does not say which key it wants
setup-connect-reason-enter-the-key = { $reason }; enter the key here
setup-connect-reason-enter-the-user = { $reason }; enter the user name here
setup-connect-enter-the-user-name = enter the user name
setup-connect-enter-the-name-of = enter the name of the header, such as X-API-Key
setup-connect-enter-the-name-of-the = enter the name of the parameter, such as api_key
setup-connect-the-source-answered-status-and = the source answered { $status } and wants a key; enter it, and let the source say how it is sent
setup-connect-refused = the source refused this key ({ $status }); check that it is complete, still valid and may read registrations, or choose another way to send it
setup-connect-refused-with-reason = the source refused this key ({ $status }); check that it is complete, still valid and may read registrations, or choose another way to send it; { $reason }

## setup/draft.rs

setup-draft-as-the-source-asks = As the source asks for it
setup-draft-none-public = None (public)
setup-draft-user-name-and-password = User name and password
setup-draft-key-in-a-header = Key in a header
setup-draft-key-in-the-address = Key in the address
setup-draft-bearer-token = Bearer token

## setup/matching.rs

setup-matching-first-word-as-of = First word, as of a full name
setup-matching-all-but-the-first = All but the first word
setup-matching-without-spaces-around-it = Without spaces around it
setup-matching-country-of-a-code = Country of a code or name
setup-matching-first-of-a-list = First of a list

## setup/reading.rs

setup-reading-the-source-needs-a = the source needs a key, and none is kept any more; enter it
setup-reading-it-is-kept-for = it is kept for an hour and until somebody is erased, and that is over; give it again
setup-reading-the-source-did-not = the source did not answer
setup-reading-what-the-source-answers = what the source answers differs each time; check the address

## setup/tree.rs

setup-tree-the-answer = The answer
setup-tree-number-of-items = { $number } of { $items }
setup-tree-list-of-items = list of { $items }

## statuses

status-400 = Bad Request
status-401 = Unauthorized
status-403 = Forbidden
status-404 = Not Found
status-405 = Method Not Allowed
status-409 = Conflict
status-410 = Gone
status-412 = Precondition Failed
status-413 = Payload Too Large
status-415 = Unsupported Media Type
status-421 = Misdirected Request
status-422 = Unprocessable Entity
status-428 = Precondition Required
status-429 = Too Many Requests
status-500 = Internal Server Error
status-502 = Bad Gateway
status-503 = Service Unavailable
status-504 = Gateway Timeout

## words.rs

words-now = now
words-bytes = { $number } B
words-kilobytes = { $number } kB
words-megabytes = { $number } MB
words-gigabytes = { $number } GB
words-under-a-tenth = under 0.1 s
words-seconds = { $number } s
words-minutes-and-seconds = { $minutes } min { $seconds } s
words-list = { $before }, { $last }
words-result = { $did } in { $took }
words-result-with-invitations = { $did } in { $took }, { $invitations } queued
words-figures = { $figures } of { $records }
words-added = { $count } added
words-updated = { $count } updated
words-removed = { $count } removed
words-unchanged = { $count } unchanged
words-rejected = { $count } rejected
words-ignored = { $count } ignored
words-missing-removed = { $count ->
        [one] { $count } person was removed because they are missing from the source.
       *[other] { $count } people were removed because they are missing from the source.
    }
words-tickets-moved = { $count ->
        [one] { $count } ticket moved to another address.
       *[other] { $count } tickets moved to another address.
    }
words-erased = { $count ->
        [one] { $count } person was erased permanently, because of the delete flag.
       *[other] { $count } people were erased permanently, because of the delete flag.
    }
words-groups-created = { $count ->
        [one] { $count } group is new.
       *[other] { $count } groups are new.
    }
words-run-with-result = Run { $number }, { $state }, { $began }: { $result }
words-nothing-new = nothing new
words-no-records = no records
words-only-changes-since-the = Only changes since the last run were read. All other attendees are unchanged.
words-the-source-reports-no = The source reports no changes since the last run, so nothing was read.
words-this-run-synced-one = This run synced one person.
words-run-number-state-began = Run { $number }, { $state }, { $began }
words-queued = Queued
words-under-way = Under way
words-held = Held
words-succeeded = Succeeded
words-failed = Failed
words-interrupted = Interrupted
words-stopped = Stopped
words-in-minutes = in { $minutes } min
words-in-hours = in { $hours } h
words-in-days = in { $days } days
words-because-one-was-missed = because one was missed
words-because-the-last-one = because the last one failed
words-the-final-sync = the final sync
words-just-now = just now
words-minutes-ago = { $minutes } min ago
words-hours-ago = { $hours } h ago
words-yesterday = yesterday
words-days-ago = { $days } days ago

## words/hold.rs

hold-and = { $changes } and { $invitations }
hold-waits = { $count ->
        [one] { $what } waits for your decision.
       *[other] { $what } wait for your decision.
    }
hold-discarded-nobody-was-changed = { $what } discarded. Nobody was changed.
hold-discarded-nobody-was-invited = { $what } discarded. Nobody was invited.
hold-discarded-nobody-was-changed-or-invited = { $what } discarded. Nobody was changed or invited.
hold-changes-would-wait = The changes of { $people } would wait for your approval. All other changes would be applied.
hold-invitations-would-wait = The invitations of { $people } would wait for your approval. All other changes would be applied.
hold-both-would-wait = The changes of { $people } and the invitations of { $invited } would wait for your approval. All other changes would be applied.
words-hold-count-of-of-attendees = { $count } of { $of } attendees would be removed from the event. More than { $limit_percent } % needs your approval.
words-hold-count-of-of-attendees-are = { $count } of { $of } attendees are missing from the source. Check that the source still sends the whole list before you remove them.
words-hold-count-people-would-be = { $count } people would be added to { $of } attendees. More than { $limit_percent } % needs your approval. Check that this is the list of this event.
words-hold-capitalised-would-be-emptied = { $capitalised } would be emptied for { $count } of the { $of } attendees who have a value. More than { $limit_percent } % needs your approval.
words-hold-count-of-of-records = { $count } of { $of } records were rejected. With more than { $limit_percent } %, removals need your approval.
words-hold-count-people-would-be-invited = { $count } people would be invited. More than { $of } invitations per sync need your approval.
words-hold-needs-your-attention-all = Needs your attention. All changes were applied.
words-hold-what-approved-except-for = { $what } approved, except for { $but }.
words-hold-what-approved = { $what } approved.
words-hold-what-not-applied-a = { $what } not applied: a newer run checked the same people.
words-hold-all-changes-would-be = All changes would be applied, but the sync needs your attention.

## words/invitation.rs

invitation-were-queued = { $count ->
        [0] Nobody was left to invite.
        [one] { $count } invitation was queued and will be sent.
       *[other] { $count } invitations were queued and will be sent one after the other.
    }
invitation-are-suppressed = { $count ->
        [one] { $count } person is on the suppression list and got no invitation.
       *[other] { $count } people are on the suppression list and got no invitation.
    }
words-invitation-first-name = First name
words-invitation-last-name = Last name
words-invitation-title-such-as-dr = Title, such as Dr.
words-invitation-email-address = E-mail address
words-invitation-job-title = Job title
words-invitation-company = Company
words-invitation-country = Country
words-invitation-additional-information = Additional information
words-invitation-biography = Biography
words-invitation-the-list-of-groups = The list of groups; write groups | join(', ')
words-invitation-url-of-the-digital = URL of the digital badge
words-invitation-name-of-the-event = Name of the event
words-invitation-the-link-where-attendees = The link where attendees sign in, as entered above
words-invitation-unsubscribe-link-every-mail = Unsubscribe link; every mail has it at the end anyway
words-invitation-people-would-be-invited = { $people } would be invited.
words-invitation-queued = Queued
words-invitation-being-sent = Being sent
words-invitation-sent = Sent
words-invitation-delivered = Delivered
words-invitation-bounced = Bounced
words-invitation-reported-as-spam = Reported as spam
words-invitation-failed = Failed
words-invitation-unknown = Unknown
words-invitation-not-invited = Not invited
