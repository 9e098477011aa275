# The labels and explanations of settings.

## configurator

setting-row-header = header
setting-row-lookup-list = lookup list
setting-row-page = page
setting-row-rule = rule
setting-two-headers = there are two headers with this name
setting-two-lookup-lists = there are two lookup lists with this name
setting-two-pages = there are two pages with this name
setting-two-rules = there are two rules with this name
setting-count-headers = { $count ->
        [one] { $count } header
       *[other] { $count } headers
    }
setting-count-lookup-lists = { $count ->
        [one] { $count } lookup list
       *[other] { $count } lookup lists
    }
setting-count-pages = { $count ->
        [one] { $count } page
       *[other] { $count } pages
    }
setting-count-rules = { $count ->
        [one] { $count } rule
       *[other] { $count } rules
    }

## configurator.rs

configurator-the-event = The event
configurator-where-the-registrations-are = Where the registrations are read from. The API documentation of your registration system says what to enter here.
configurator-mapping = Mapping
configurator-how-a-record-becomes = How a record becomes an attendee. A field left empty here is never changed. After a connection test you can choose from the fields that were found.
configurator-who-takes-part = Who takes part
configurator-schedule = Schedule
configurator-safety-limits = Safety limits
configurator-changes-beyond-these-limits = Changes beyond these limits wait for your approval. All other changes are applied.
configurator-access = Access
configurator-source = Source

## configurator/access_pages.rs

configurator-access-pages-pages-of-the-app = Pages of the app
configurator-access-pages-pages-and-tabs-that = Pages and tabs that only members of some groups may see. The event app asks for each by its name.
configurator-access-pages-name-in-the-app = Name in the app
configurator-access-pages-groups-separated-by-none = Groups, separated by ; (none: everybody)

## configurator/authentication.rs

configurator-authentication-in-the-authorization-header = In the Authorization header
configurator-authentication-in-the-request-body = In the request body
configurator-authentication-authentication = Authentication
configurator-authentication-your-registration-system-may = Your registration system may call it an API key, a token or a client. It is stored separately and never shown again.
configurator-authentication-none-public = None (public)
configurator-authentication-token = Token
configurator-authentication-copy-it-from-the = Copy it from the registration system.
configurator-authentication-word-before-the-token = Word before the token
configurator-authentication-almost-always-bearer-some = Almost always Bearer; some systems require Token.
configurator-authentication-api-key-in-a = API key in a header
configurator-authentication-name-of-the-header = Name of the header
configurator-authentication-for-example-x-api = For example X-Api-Key
configurator-authentication-key = Key
configurator-authentication-api-key-in-the = API key in the URL
configurator-authentication-name-of-the-parameter = Name of the parameter
configurator-authentication-for-example-api-key = For example api_key
configurator-authentication-copy-it-from-the-registration = Copy it from the registration system. It is left out of logs and pages.
configurator-authentication-user-name-and-password = User name and password (Basic)
configurator-authentication-user-name = User name
configurator-authentication-some-systems-require-the = Some systems require the API key here, and no password.
configurator-authentication-password = Password
configurator-authentication-leave-it-empty-if = Leave it empty if the system requires none.
configurator-authentication-oauth-2-client-credentials = OAuth 2 client credentials
configurator-authentication-url-of-the-token = URL of the token endpoint
configurator-authentication-for-example-https-registration = For example https://registration.example/oauth2/token
configurator-authentication-client-id = Client ID
configurator-authentication-client-secret = Client secret
configurator-authentication-scope = Scope
configurator-authentication-only-if-the-api = Only if the API documentation requires one.
configurator-authentication-how-the-client-secret = How the client secret is sent
configurator-authentication-most-systems-expect-it = Most systems expect it in the header.
configurator-authentication-log-in-for-a = Log in for a token
configurator-authentication-url-of-the-login = URL of the login
configurator-authentication-for-example-https-registration-example = For example https://registration.example/api/auth/login
configurator-authentication-often-an-email-address = Often an e-mail address.
configurator-authentication-the-password-of-this = The password of this user.
configurator-authentication-field-for-the-user = Field for the user name
configurator-authentication-field-for-the-password = Field for the password
configurator-authentication-path-to-the-token = Path to the token in the response
configurator-authentication-bearer-token-authorization-bearer = Bearer token (Authorization: Bearer …)

## configurator/event.rs

configurator-event-name = Name
configurator-event-the-name-that-people = The name that people see, such as DevCon 2026
configurator-event-community-id = Community ID
configurator-event-the-community-whose-users = The community whose users the attendees become. Lower-case letters, digits and hyphens; a new community is created with the event.
configurator-event-event-id = Event ID
configurator-event-leave-it-empty-to = Leave it empty to make it from the name. It cannot be changed later.
configurator-event-time-zone = Time zone
configurator-event-all-times-of-the = All times of the event are in this time zone. Type a city, such as Amsterdam.
configurator-event-when-it-goes-live = When it goes live, starts and ends
configurator-event-the-app-opens-for = The app opens for attendees
configurator-event-the-event-starts = The event starts
configurator-event-the-event-ends = The event ends
configurator-event-delete-what-is-stored = Delete what is stored about its people
configurator-event-from-then-on-nothing = From then on, nothing is stored about the attendees of this event but counts, and it does not sync any more. Users stay in the community. Leave it empty to keep everything.
configurator-event-off-only-on-request = Off: only on request
configurator-event-every-hour = Every hour
configurator-event-once-a-day = Once a day
configurator-event-daily-from-going-live = Daily from going live, hourly during the event
configurator-event-automatic-sync = Automatic sync
configurator-event-during-the-event-means = During the event means from its start to its end. One day after the end there is a final sync.
configurator-event-time-of-the-daily = Time of the daily sync
configurator-event-in-the-time-zone = In the time zone of the event. The sync starts within a few minutes of this time.
configurator-event-final-sync = Final sync
configurator-event-no-automatic-sync-runs = No automatic sync runs after it. Leave it empty for none.
configurator-event-ask-me-before-removing = Ask me before removing more than … % of the attendees
configurator-event-applies-only-if-this = Applies only if this limit and the next one are both exceeded.
configurator-event-and-more-than-this = … and more than this many people
configurator-event-ask-me-before-emptying = Ask me before emptying a field for more than … %
configurator-event-of-the-attendees-who = Of the attendees who have a value in it.
configurator-event-pause-removals-if-more = Pause removals if more than … % of records are rejected
configurator-event-of-the-records-that = Of the records that were read.
configurator-event-ask-me-before-adding = Ask me before adding more than … % of the attendees
configurator-event-protects-you-if-the = Protects you if the list of another event is read by mistake. Leave it empty for no limit.
configurator-event-only-synced-attendees = Only synced attendees
configurator-event-everybody-in-the-community = Everybody in the community
configurator-event-who-may-enter-the = Who may enter the event
configurator-event-the-event-app-checks = The event app checks this at sign-in.

## configurator/labels.rs

configurator-labels-or-ask-the-operator = or ask the operator of this installation to allow private sources

## configurator/leaf.rs

leaf-required = required
configurator-leaf-choose-one-of-the = choose one of the options
configurator-leaf-enter-a-date-and = enter a date and time, such as 2026-12-01T08:00
configurator-leaf-enter-a-time-of = enter a time of day, such as 06:00
configurator-leaf-enter-a-whole-number = enter a whole number from 0 to { $most }

## configurator/mapping.rs

configurator-mapping-at-every-sync = At every sync
configurator-mapping-only-when-the-person = Only when the person is new
configurator-mapping-only-if-the-field = Only if the field is empty
configurator-mapping-empty-the-field = Empty the field
configurator-mapping-keep-the-value = Keep the value
configurator-mapping-when-to-apply = When to apply
configurator-mapping-if-the-value-is = If the value is blank
configurator-mapping-default-value = Default value
configurator-mapping-used-if-the-value = Used if the value is blank. Leave it empty for none.
configurator-mapping-group-separator = Group separator
configurator-mapping-for-example-if-one = For example ; if one text has several groups. Leave it empty if the record has a list.
configurator-mapping-field-of-the-record = Field of the record
configurator-mapping-value = Value
configurator-mapping-expression = Expression
configurator-mapping-uses-the-fields-of = Uses the fields of the record, such as company or parent.invoice.company. A filter changes a value: name | split | first
configurator-mapping-fixed-value = Fixed value
configurator-mapping-fields-of-the-record = Fields of the record
configurator-mapping-one-per-line-if = One per line. If one text has several groups, add the separator: tracks | ,
configurator-mapping-several-fields-of-the = Several fields of the record
configurator-mapping-email = E-mail
configurator-mapping-identifies-the-person = Identifies the person.
configurator-mapping-first-name = First name
configurator-mapping-last-name = Last name
configurator-mapping-source-id = Source ID
configurator-mapping-the-id-of-the = The ID of the record in the registration system.
configurator-mapping-groups = Groups
configurator-mapping-a-list-or-a = A list or a text in the record.
configurator-mapping-title = Title
configurator-mapping-form-of-address-such = Form of address, such as Dr.
configurator-mapping-job-title = Job title
configurator-mapping-company = Company
configurator-mapping-country = Country
configurator-mapping-a-name-or-a = A name, or a code of two or three letters.
configurator-mapping-biography = Biography
configurator-mapping-additional-info = Additional info
configurator-mapping-digital-badge = Digital badge
configurator-mapping-the-https-address-of = The https address of a JPG, PNG or PDF.

## configurator/places.rs

configurator-places-enter-the-separator-of = enter the separator of the groups after |, as in tracks | ,

## configurator/rules.rs

rules-is = is
rules-contains = contains
rules-required = required
configurator-rules-remove-from-the-event = Remove from the event
configurator-rules-user-of-the-community = User of the community only, not in the event
configurator-rules-ignore-the-record = Ignore the record
configurator-rules-add-the-group = Add the group
configurator-rules-remove-the-group = Remove the group
configurator-rules-is-not = is not
configurator-rules-is-blank = is blank
configurator-rules-is-not-blank = is not blank
configurator-rules-keep-them = Keep them
configurator-rules-remove-them-from-the = Remove them from the event
configurator-rules-people-missing-from-the = People missing from the source
configurator-rules-rules = Rules
configurator-rules-each-rule-checks-one = Each rule checks one record. All matching rules apply, in order. A rule checks one field, or has a condition: status == 'cancelled', or ticket in ['VIP', 'Speaker'].
configurator-rules-when = When
configurator-rules-or-the-field = or the field
configurator-rules-comparison = Comparison
configurator-rules-value-or-several-separated = Value, or several separated by ;
configurator-rules-then = Then
configurator-rules-name-of-the-group = Name of the group
configurator-rules-enter-a-condition-or = enter a condition, or choose a field
configurator-rules-enter-a-condition-or-a = enter a condition or a field, not both
configurator-rules-the-group-needs-a = the group needs a name
configurator-rules-erase-people-permanently-if = Erase people permanently if a field says so
configurator-rules-the-person-is-erased = The person is erased from the whole community, not only from this event. This cannot be undone.
configurator-rules-no = No
configurator-rules-yes = Yes
configurator-rules-field-with-the-delete = Field with the delete flag
configurator-rules-for-example-erased = For example erased
configurator-rules-values-that-mean-erase = Values that mean erase
configurator-rules-one-per-line-the = One per line. The word any alone means every value that is not blank, such as the time of a deletion. Upper and lower case are the same.
configurator-rules-values-that-mean-do = Values that mean do not erase
configurator-rules-one-per-line-blank = One per line. (blank) means that the field is blank or missing. Any other value is reported and erases nobody.
configurator-rules-careful-this-removes-everybody = Careful: this removes everybody who is missing from a complete list, even if the registration system lost them by mistake. A sync that could not read the whole list removes nobody.

## configurator/source.rs

configurator-source-json = JSON
configurator-source-get = GET
configurator-source-json-lines-one-record = JSON Lines, one record per line
configurator-source-csv-with-a-header = CSV, with a header row
configurator-source-post-with-the-request = POST, with the request body of the document
configurator-source-the-url = the URL
configurator-source-the-request-body = the request body
configurator-source-send-the-paging-parameters = Send the paging parameters in
configurator-source-in-the-request-body = In the request body a parameter is a path, such as variables.after.
configurator-source-the-url-from-the = The URL from the API documentation, including its query parameters. For example https://registration.example/api/attendees?event=42.
configurator-source-compressed-responses-can-be = Compressed responses can be read, too.
configurator-source-if-the-response-itself = $[*] if the response itself is the list; $.results[*] if the list is called results; $.orders[*].tickets[*] for tickets within orders. For JSON only.
configurator-source-charset-and-csv-options = Charset and CSV options
configurator-source-headers-lookup-lists-details = Headers, lookup lists, details and request method
configurator-source-request-method = Request method
configurator-source-the-request-body-is = The request body is edited in the configuration as text, as source.body.
configurator-source-incremental-sync = Incremental sync
configurator-source-limits-per-sync = Limits per sync
configurator-source-upload-a-list-instead = Upload a list instead
configurator-source-the-list-comes-from = The list comes from
configurator-source-an-uploaded-list-is = An uploaded list is a CSV, XLSX or JSON file of all people. It takes the place of the URL, authentication and pagination.
configurator-source-a-url = A URL
configurator-source-a-file-that-is = A file that is uploaded on the page of the event
configurator-source-only-if-letters-with = Only if letters with accents look wrong: then, for example, windows-1252. Otherwise it is detected.
configurator-source-csv-delimiter = CSV delimiter
configurator-source-one-character-commas-semicolons = One character. Commas, semicolons, tabs and pipes are detected.
configurator-source-lines-before-the-csv = Lines before the CSV header
configurator-source-titles-above-the-header = Titles above the header are detected if the mapping names the columns.
configurator-source-pagination = Pagination
configurator-source-long-lists-are-sent = Long lists are sent in pages. The API documentation says how to request the next page, often under “Pagination”.
configurator-source-none-one-page-has = None: one page has everything
configurator-source-next-link-in-the = Next link in the response
configurator-source-path-to-the-next = Path to the next link
configurator-source-for-example-next-or = For example next, or links.next
configurator-source-link-header = Link header
configurator-source-page-number = Page number
configurator-source-parameter-for-the-page = Parameter for the page number
configurator-source-for-example-page = For example page
configurator-source-number-of-the-first = Number of the first page
configurator-source-parameter-for-the-page-size = Parameter for the page size
configurator-source-for-example-per-page = For example per_page. It is sent with the number of records per page.
configurator-source-records-per-page = Records per page
configurator-source-as-many-as-the = As many as the API documentation allows.
configurator-source-path-to-the-number = Path to the number of pages
configurator-source-for-example-meta-last = For example meta.last_page
configurator-source-path-to-the-next-page = Path to the next page
configurator-source-for-example-meta-next = For example meta.next_page. Without this path or the one before, the first empty page is the end.
configurator-source-offset-and-limit = Offset and limit
configurator-source-parameter-for-the-offset = Parameter for the offset
configurator-source-for-example-offset = For example offset
configurator-source-offset-of-the-first = Offset of the first record
configurator-source-for-example-limit = For example limit
configurator-source-path-to-the-total = Path to the total number of records
configurator-source-for-example-total = For example total
configurator-source-cursor = Cursor
configurator-source-parameter-for-the-cursor = Parameter for the cursor
configurator-source-for-example-cursor = For example cursor
configurator-source-path-to-the-next-cursor = Path to the next cursor
configurator-source-for-example-pagination-next = For example pagination.next_cursor, or data[-1].id for the ID of the last record.
configurator-source-path-to-the-sign = Path to the sign that there are more pages
configurator-source-for-example-pagination-has = For example pagination.has_more
configurator-source-read-only-what-changed = Read only what changed since the last sync
configurator-source-if-the-api-has = If the API has a parameter for it. Requires the source ID in the mapping.
configurator-source-no = No
configurator-source-yes = Yes
configurator-source-parameter-for-the-time = Parameter for the time
configurator-source-for-example-modified-since = For example modified_since
configurator-source-overlap-with-the-last = Overlap with the last sync, in seconds
configurator-source-so-that-nothing-is = So that nothing is missed that was changed during the last sync.
configurator-source-full-sync-every-hours = Full sync every … hours
configurator-source-only-a-full-sync = Only a full sync finds people who are missing from the source.
configurator-source-format-of-the-time = Format of the time
configurator-source-in-the-notation-of = In the notation of strftime.
configurator-source-zone-of-times-without = Zone of times without an offset
configurator-source-for-example-america-chicago = For example America/Chicago. If empty, the changes of 14 more hours are read.
configurator-source-one-more-request-for = One more request for each new or changed record, if the list lacks a field. The mapping and the rules see the response as details.
configurator-source-url-of-the-details = URL of the details
configurator-source-for-example-https-registration = For example https://registration.example/api/attendees/{"{"}id{"}"}. {"{"}id{"}"} is replaced by the field of that name.
configurator-source-read-one-person-by = Read one person by e-mail address
configurator-source-if-the-api-can = If the API can filter by e-mail address, a sync of one person takes one request.
configurator-source-parameter-for-the-filter = Parameter for the filter
configurator-source-for-example-email = For example email
configurator-source-value-of-the-filter = Value of the filter
configurator-source-email-is-replaced-by = {"{"}email{"}"} is replaced by the address.
configurator-source-maximum-requests-per-minute = Maximum requests per minute
configurator-source-protects-the-registration-system = Protects the registration system from overload.
configurator-source-timeout-per-request-in = Timeout per request, in seconds
configurator-source-maximum-download-per-sync = Maximum download per sync, in bytes
configurator-source-with-a-larger-list = With a larger list the sync fails, and nobody is removed.
configurator-source-maximum-records-per-sync = Maximum records per sync
configurator-source-only-if-the-api = Only if the API documentation requires them. Do not enter credentials here.
configurator-source-header = Header
configurator-source-value = Value
configurator-source-small-lists-in-which = Small lists in which expressions look up values, such as the names of ticket types: lookup.items[item].name. They are read once per sync, with the same authentication.
configurator-source-name-in-expressions = Name in expressions
configurator-source-for-example-items = For example items
configurator-source-url-of-the-list = URL of the list
configurator-source-path-to-its-records = Path to its records
configurator-source-for-example-results = For example $.results[*]
configurator-source-field-to-look-up = Field to look up by
configurator-source-for-example-id = For example id
configurator-source-url-of-the-registrations = URL of the registrations
configurator-source-response-format = Response format
configurator-source-path-to-the-list = Path to the list of registrations
configurator-source-charset = Charset
configurator-source-read-the-details-of = Read the details of each record
configurator-source-request-headers = Request headers
configurator-source-lookup-lists = Lookup lists

## configurator/translate.rs

configurator-translate-choose-one-of-the = choose one of the options
