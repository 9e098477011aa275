//! Systems unlike each other, as no preset describes them.

use serde_json::{Value, json};

use crate::config::{self, FeedFormat, SourceAddresses};
use crate::evaluate::{Evaluator, RecordOutcome};
use crate::feed::RecordsPath;
use crate::ids::PersonKey;
use crate::lookup::Lookups;
use crate::propose::{
    Proposal, ProposeAnswered, ProposedDocument, propose, records_at, text_answer,
};

fn of_json(body: &Value) -> Proposal {
    asked("https://registration.example/api/people", body)
}

fn asked(url: &str, body: &Value) -> Proposal {
    propose(&ProposeAnswered {
        body,
        headers: &[],
        url,
        request_body: None,
        format: FeedFormat::Json,
        records: None,
        lookups: &Lookups::default(),
    })
}

fn mapping(proposal: &Proposal, field: &str) -> Value {
    let found = proposal
        .mapping
        .iter()
        .find(|proposed| proposed.field == field);
    found.map_or(Value::Null, |found| found.mapping.clone())
}

fn list(proposal: &Proposal) -> &str {
    proposal.lists.best.as_ref().map_or("", |list| &list.path)
}

/// Asserts the list, the paging and some of the mapping.
fn check(proposal: &Proposal, records: &str, pagination: &Value, fields: &[(&str, Value)]) {
    assert_eq!(list(proposal), records, "{}", proposal.lists.reason);
    assert_eq!(
        proposal.pagination.pagination, *pagination,
        "{}",
        proposal.pagination.reason
    );
    for (field, expected) in fields {
        assert_eq!(
            mapping(proposal, field),
            *expected,
            "{field} of {:#?}",
            proposal.mapping
        );
    }
    for proposed in &proposal.mapping {
        assert!(!proposed.reason.is_empty());
        assert_ne!(proposed.field, "delete_flag");
    }
}

#[test]
fn nested_envelope_with_a_next_link_beside_other_lists() {
    let person = |id: u32, name: &str| {
        json!({"registrationId": id, "contactEmail": format!("{name}@example.org"), "givenName": name, "familyName": "Lee",
            "organisation": {"name": "Initech"}, "category": {"id": 3, "title": "Speaker"}, "address": {"country": {"code": "NL"}}})
    };
    let body = json!({"response": {"status": "ok", "event": {"id": 5, "name": "DevCon", "organizers": [{"name": "Bo", "email": "bo@example.org"}]},
        "payload": {"registrations": [person(1, "ada"), person(2, "eve"), person(3, "kim")], "total": 45,
            "links": {"next": "https://registration.example/api/people?page=2"}}}});
    check(
        &of_json(&body),
        "$.response.payload.registrations[*]",
        &json!({"type": "next_link", "path": "response.payload.links.next"}),
        &[
            ("source_id", json!("registrationId")),
            ("email", json!("contactEmail")),
            ("first_name", json!("givenName")),
            ("last_name", json!("familyName")),
            ("company", json!("organisation.name")),
            ("groups", json!("category.title")),
            ("country", json!("address.country.code")),
        ],
    );
    assert_eq!(
        of_json(&body).lists.reason,
        "3 people found at response.payload.registrations"
    );
}

#[test]
fn resources_with_attributes() {
    let body = json!({"data": [
        {"type": "attendees", "id": "7", "attributes": {"email": "a@example.org", "first-name": "Ada", "last-name": "Lee", "job-title": "Engineer"},
            "relationships": {"event": {"data": {"type": "events", "id": "1"}}}},
        {"type": "attendees", "id": "8", "attributes": {"email": "b@example.org", "first-name": "Bo", "last-name": "Kim", "job-title": null}}],
        "included": [{"type": "events", "id": "1", "attributes": {"name": "DevCon"}}],
        "links": {"self": "/attendees", "next": "/attendees?page[number]=2"}, "meta": {"total": 4}});
    check(
        &of_json(&body),
        "$.data[*]",
        &json!({"type": "next_link", "path": "links.next"}),
        &[
            ("source_id", json!("id")),
            ("email", json!("attributes.email")),
            ("first_name", json!("attributes.first-name")),
            ("last_name", json!("attributes.last-name")),
            ("job_title", json!("attributes.job-title")),
        ],
    );
}

#[test]
fn edges_and_nodes_of_a_query() {
    let node = |id: &str, name: &str| json!({"cursor": id, "node": {"id": id, "mail": format!("{id}@example.org"), "fullName": name}});
    let body = json!({"data": {"event": {"name": "DevCon", "attendees": {
        "edges": [node("a", "Ada Lee"), node("b", "Bo van Kim")], "pageInfo": {"endCursor": "b", "hasNextPage": true}}}}});
    let question = json!({"query": "query($after: String) { event { attendees(first: 50, after: $after) { … } } }", "variables": {"id": 4, "after": null}});
    let proposal = propose(&ProposeAnswered {
        body: &body,
        headers: &[],
        url: "https://registration.example/graphql",
        request_body: Some(&question),
        format: FeedFormat::Json,
        records: None,
        lookups: &Lookups::default(),
    });
    check(
        &proposal,
        "$.data.event.attendees.edges[*].node",
        &json!({"type": "cursor", "in": "body", "parameter": "variables.after",
            "path": "data.event.attendees.pageInfo.endCursor", "more_path": "data.event.attendees.pageInfo.hasNextPage"}),
        &[
            ("email", json!("mail")),
            ("source_id", json!("id")),
            (
                "first_name",
                json!({"expression": "((fullName or '') | split | first)"}),
            ),
            (
                "last_name",
                json!({"expression": "(((fullName or '') | split)[1:] | join(' ')) or '-'"}),
            ),
        ],
    );
}

#[test]
fn table_with_german_columns() {
    let text = "\u{feff}Anrede;Vorname;Nachname;E-Mail-Adresse;Firma;Position;Land;Ticketkategorie;Status\r\n\
        Frau;Anke;Schäfer;anke@example.org;\"Müller; Söhne\";Leiterin;Deutschland;Vollticket;bestätigt\r\n\
        Herr;Jörg;Groß;joerg@example.org;Initech;Planer;Österreich;Tagesticket;storniert\r\n";
    let answer = text_answer(text).unwrap();
    assert_eq!(answer.format, FeedFormat::Csv);
    let proposal = propose(&ProposeAnswered {
        body: &answer.body,
        headers: &[],
        url: "https://registration.example/export.csv",
        request_body: None,
        format: answer.format,
        records: None,
        lookups: &Lookups::default(),
    });
    check(
        &proposal,
        "",
        &json!({"type": "none"}),
        &[
            ("title", json!("Anrede")),
            ("first_name", json!("Vorname")),
            ("last_name", json!("Nachname")),
            ("email", json!("E-Mail-Adresse")),
            ("company", json!("Firma")),
            ("job_title", json!("Position")),
            ("country", json!("Land")),
            ("groups", json!("Ticketkategorie")),
        ],
    );
    assert_eq!(
        proposal.rules[0].rule,
        json!({"field": "Status", "is": ["storniert"], "then": "remove_attendee"})
    );
    assert_eq!(
        proposal.rules[0].reason,
        "Status: bestätigt 1, storniert 1; matches 1 of 2"
    );
}

#[test]
fn profile_objects_with_answers_to_questions() {
    let person = |id: u32, cancelled: bool| {
        json!({"id": id.to_string(), "cancelled": cancelled, "status": "Attending", "ticket_class_name": "VIP", "order_id": "9",
            "profile": {"first_name": "Ada", "last_name": "Lee", "email": format!("p{id}@example.org"), "name": "Ada Lee"},
            "answers": [{"question_id": "1", "question": "What's your job title?", "answer": "Engineer", "type": "text"},
                {"question_id": "2", "question": "Company / Organisation", "answer": "Initech", "type": "text"}]})
    };
    let body = json!({"pagination": {"page_number": 1, "page_count": 3, "has_more_items": true, "continuation": "abc"},
        "attendees": [person(1, false), person(2, true), person(3, false)]});
    let proposal = of_json(&body);
    check(
        &proposal,
        "$.attendees[*]",
        &json!({"type": "cursor", "parameter": "continuation", "path": "pagination.continuation", "more_path": "pagination.has_more_items"}),
        &[
            ("email", json!("profile.email")),
            ("first_name", json!("profile.first_name")),
            ("groups", json!("ticket_class_name")),
            (
                "job_title",
                json!({"expression": "(answers or []) | selectattr('question', 'eq', 'What\\'s your job title?') | map(attribute='answer') | first"}),
            ),
            (
                "company",
                json!({"expression": "(answers or []) | selectattr('question', 'eq', 'Company / Organisation') | map(attribute='answer') | first"}),
            ),
        ],
    );
    assert_eq!(
        proposal.rules[0].rule,
        json!({"field": "cancelled", "is": ["true"], "then": "remove_attendee"})
    );
    assert_eq!((proposal.rules[0].matches, proposal.rules[0].of), (1, 3));
}

#[test]
fn answers_by_the_kind_of_their_fields() {
    let response = |token: &str| {
        json!({"response_id": token, "answers": [
            {"type": "text", "text": "Ada", "field": {"id": "f1", "type": "short_text", "ref": "first_name"}},
            {"type": "text", "text": "Lee", "field": {"id": "f2", "type": "short_text", "ref": "last_name"}},
            {"type": "email", "email": format!("{token}@example.org"), "field": {"id": "f3", "type": "email", "ref": "your_email"}},
            {"type": "choice", "choice": {"label": "Workshop A"}, "field": {"id": "f4", "type": "multiple_choice", "ref": "ticket_type"}}]})
    };
    let body =
        json!({"total_items": 2, "page_count": 1, "items": [response("aa"), response("bb")]});
    let proposal = of_json(&body);
    assert_eq!(list(&proposal), "$.items[*]");
    let answer = |of: &str, is: &str| json!({"expression": format!("(answers or []) | selectattr('field.ref', 'eq', '{of}') | map(attribute='{is}') | first")});
    assert_eq!(mapping(&proposal, "source_id"), json!("response_id"));
    assert_eq!(mapping(&proposal, "email"), answer("your_email", "email"));
    assert_eq!(
        mapping(&proposal, "first_name"),
        answer("first_name", "text")
    );
    assert_eq!(mapping(&proposal, "last_name"), answer("last_name", "text"));
    assert_eq!(
        mapping(&proposal, "groups"),
        answer("ticket_type", "choice.label")
    );
}

#[test]
fn records_with_fields_and_an_offset_that_is_a_mark() {
    let record = |id: &str| {
        json!({"id": id, "createdTime": "2026-01-01T10:00:00.000Z",
        "fields": {"Name": format!("{id} Lovelace"), "E-mail": format!("{id}@example.org"), "Company": "Initech", "Tags": ["A", "B"]}})
    };
    let body = json!({"records": [record("recA"), record("recB")], "offset": "itrXyz/recB"});
    check(
        &of_json(&body),
        "$.records[*]",
        &json!({"type": "cursor", "parameter": "offset", "path": "offset"}),
        &[
            ("source_id", json!("id")),
            ("email", json!("fields.E-mail")),
            ("company", json!("fields.Company")),
            ("groups", json!("fields.Tags")),
            (
                "first_name",
                json!({"expression": "((fields.Name or '') | split | first)"}),
            ),
        ],
    );
}

#[test]
fn rows_without_names_are_mapped_by_their_places() {
    let body = json!({"range": "Sheet1!A1:C3", "values": [["E-mail", "Full name", "Ticket type"],
        ["a@example.org", "Ada Lee", "VIP"], ["b@example.org", "Bo Kim"]]});
    check(
        &of_json(&body),
        "$.values[*]",
        &json!({"type": "none"}),
        &[
            ("email", json!("[0]")),
            (
                "first_name",
                json!({"expression": "((record[1] or '') | split | first)"}),
            ),
            ("groups", json!("[2]")),
        ],
    );
    let proposal = of_json(&body);
    assert_eq!(
        proposal.rules[0].rule,
        json!({"field": "[0]", "is": ["E-mail"], "then": "ignore"})
    );
    let document = ProposedDocument::from(proposal);
    let document = json!({"community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/", "records": document.records}, "mapping": document.mapping, "rules": document.rules});
    let document = config::check(&document, &SourceAddresses::Public).unwrap();
    let evaluator = Evaluator::new(&document, &PersonKey([0; 32]), &Lookups::default());
    let records = records_at(&document.source.records, &body);
    let outcomes: Vec<RecordOutcome> = records
        .iter()
        .map(|record| evaluator.evaluate(record, 1, 1).0)
        .collect();
    let RecordOutcome::Person(email, said) = &outcomes[1] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(
        (&outcomes[0], email.as_str()),
        (&RecordOutcome::Ignored, "a@example.org")
    );
    assert_eq!(
        (
            said.incoming.profile.full_name(),
            said.incoming.groups.len()
        ),
        ("Ada Lee".to_owned(), 1)
    );
}

#[test]
fn tickets_within_orders_are_the_people() {
    let body = json!({"orders": [
        {"code": "A", "email": "buyer@example.org", "name": "Bo Buyer", "billing": {"company": "Initech"}, "tickets": [
            {"id": 1, "attendee_name": "Ada Lee", "attendee_email": "ada@example.org", "status": "valid"},
            {"id": 2, "attendee_name": "Eve Lee", "attendee_email": "eve@example.org", "status": "refunded"}]},
        {"code": "B", "email": "kim@example.org", "name": "Kim Kim", "billing": null, "tickets": [
            {"id": 3, "attendee_name": "Kim Kim", "attendee_email": "kim@example.org", "status": "valid"}]}],
        "offset": 0, "limit": 2, "total": 5});
    check(
        &asked(
            "https://registration.example/orders?offset=0&limit=2",
            &body,
        ),
        "$.orders[*].tickets[*]",
        &json!({"type": "offset", "offset_parameter": "offset", "start": 0, "limit_parameter": "limit", "limit": 2, "total_path": "total"}),
        &[
            ("source_id", json!("id")),
            ("email", json!("attendee_email")),
            ("company", json!("parent.billing.company")),
        ],
    );
}

#[test]
fn object_by_keys_is_no_list_and_it_is_said_so() {
    let body = json!({"attendees": {"x1": {"email": "a@example.org", "name": "Ada Lee"}, "x2": {"email": "b@example.org", "name": "Bo Kim"}}});
    let proposal = of_json(&body);
    assert_eq!(list(&proposal), "");
    assert!(
        proposal.lists.reason.contains("not as a list"),
        "{}",
        proposal.lists.reason
    );
    for empty in [
        json!([]),
        json!({}),
        json!(null),
        json!({"error": "no"}),
        json!("text"),
        json!([1, 2]),
    ] {
        let proposal = of_json(&empty);
        assert_eq!(
            (list(&proposal), proposal.mapping.len()),
            ("", 0),
            "{empty}"
        );
        assert!(!proposal.lists.reason.is_empty());
    }
}

#[test]
fn pages_follow_as_the_answer_and_its_headers_show() {
    let people =
        json!([{"id": "u1", "email": "a@example.org"}, {"id": "u2", "email": "b@example.org"}]);
    let link = [(
        "Link".to_owned(),
        "<https://registration.example/p?page=2>; rel=\"next\"".to_owned(),
    )];
    let total = [("X-Total-Count".to_owned(), "45".to_owned())];
    for (url, envelope, headers, expected) in [
        (
            "/p",
            json!({"people": people, "next_cursor": "c2"}),
            &[][..],
            json!({"type": "cursor", "parameter": "cursor", "path": "next_cursor"}),
        ),
        (
            "/p",
            json!({"people": people, "nextPageToken": "c2"}),
            &[],
            json!({"type": "cursor", "parameter": "pageToken", "path": "nextPageToken"}),
        ),
        (
            "/p?page_token=",
            json!({"people": people, "next": "c2"}),
            &[],
            json!({"type": "cursor", "parameter": "page_token", "path": "next"}),
        ),
        (
            "/p",
            json!({"people": people, "has_more": true}),
            &[],
            json!({"type": "cursor", "parameter": "starting_after", "path": "people[-1].id", "more_path": "has_more"}),
        ),
        (
            "/p",
            json!({"people": people, "page": 1, "total_pages": 3}),
            &[],
            json!({"type": "page", "parameter": "page", "total_pages_path": "total_pages"}),
        ),
        (
            "/p?p=1",
            json!({"people": people, "lastPage": 3}),
            &[],
            json!({"type": "page", "parameter": "p", "total_pages_path": "lastPage"}),
        ),
        (
            "/p",
            json!({"people": people, "number": 0, "totalPages": 3, "last": false}),
            &[],
            json!({"type": "page", "parameter": "page", "start": 0, "total_pages_path": "totalPages"}),
        ),
        (
            "/p",
            json!({"people": people, "_links": {"next": {"href": "/p?page=2"}}}),
            &[],
            json!({"type": "next_link", "path": "_links.next.href"}),
        ),
        (
            "/p",
            json!({"people": people, "@odata.nextLink": "https://registration.example/p?$skip=2"}),
            &[],
            json!({"type": "next_link", "path": "\"@odata.nextLink\""}),
        ),
        (
            "/p",
            json!({"people": people, "count": 2, "next": null}),
            &[],
            json!({"type": "next_link", "path": "next"}),
        ),
        ("/p", people.clone(), &link, json!({"type": "link_header"})),
        (
            "/p",
            people.clone(),
            &total,
            json!({"type": "page", "parameter": "page"}),
        ),
        ("/p", people.clone(), &[], json!({"type": "none"})),
        (
            "/p",
            json!({"people": people, "total": 2}),
            &[],
            json!({"type": "none"}),
        ),
    ] {
        let proposal = propose(&ProposeAnswered {
            body: &envelope,
            headers,
            url: &format!("https://registration.example{url}"),
            request_body: None,
            format: FeedFormat::Json,
            records: None,
            lookups: &Lookups::default(),
        });
        assert_eq!(
            proposal.pagination.pagination, expected,
            "{envelope} {}",
            proposal.pagination.reason
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn names_in_seven_languages_are_known() {
    for (language, names) in [
        (
            "en",
            [
                "Work email",
                "First name",
                "Surname",
                "Job title",
                "Company name",
                "Country of residence",
                "Ticket type",
            ],
        ),
        (
            "de",
            [
                "E-Mail",
                "Ihr Vorname",
                "Familienname",
                "Berufsbezeichnung",
                "Name der Firma",
                "Land",
                "Teilnehmerkategorie",
            ],
        ),
        (
            "fr",
            [
                "Adresse e-mail",
                "Prénom",
                "Nom de famille",
                "Fonction",
                "Nom de l'entreprise",
                "Pays",
                "Type de billet",
            ],
        ),
        (
            "nl",
            [
                "E-mailadres",
                "Voornaam",
                "Achternaam",
                "Functie",
                "Bedrijfsnaam",
                "Land",
                "Ticketsoort",
            ],
        ),
        (
            "es",
            [
                "Correo electrónico",
                "Nombre",
                "Apellidos",
                "Cargo",
                "Nombre de la empresa",
                "País",
                "Tipo de entrada",
            ],
        ),
        (
            "it",
            [
                "Indirizzo e-mail",
                "Nome",
                "Cognome",
                "Ruolo",
                "Azienda",
                "Paese",
                "Tipo di biglietto",
            ],
        ),
        (
            "pt",
            [
                "Endereço de e-mail",
                "Primeiro nome",
                "Sobrenome",
                "Função",
                "Empresa",
                "País",
                "Tipo de bilhete",
            ],
        ),
    ] {
        let fields = [
            "email",
            "first_name",
            "last_name",
            "job_title",
            "company",
            "country",
            "groups",
        ];
        let values = |at: usize| {
            [
                "a@example.org",
                "Ada",
                "Lee",
                "Engineer",
                "Initech",
                "Spain",
                "Standard",
            ][at]
                .to_owned()
        };
        let row = |number: usize| -> Value {
            let cells = names.iter().enumerate().map(|(at, name)| {
                let value = if at == 0 {
                    format!("a{number}@example.org")
                } else {
                    values(at)
                };
                ((*name).to_owned(), json!(value))
            });
            Value::Object(cells.collect())
        };
        let proposal = of_json(&json!([row(1), row(2)]));
        for (field, name) in fields.iter().zip(names) {
            assert_eq!(
                mapping(&proposal, field),
                json!(name),
                "{language}: {field}"
            );
        }
    }
}

#[test]
fn what_belongs_to_somebody_or_something_else_is_not_taken() {
    let body = json!([
        {"id": 1, "email": "a@example.org", "first_name": "Ada", "last_name": "Lee", "buyer_email": "x@example.org", "company_phone": "+31",
            "company_size": "10-50", "email_verified": true, "event": {"name": "DevCon", "country": "NL"}, "locale": "de", "ticket_url": "https://r.example/t1",
            "avatar_url": "https://r.example/a.png", "deleted": false, "created_at": "2026-01-01T10:00:00Z", "event_id": 7},
        {"id": 2, "email": "b@example.org", "first_name": "Bo", "last_name": "Kim", "buyer_email": "x@example.org", "company_phone": "+31",
            "company_size": "10-50", "email_verified": true, "event": {"name": "DevCon", "country": "NL"}, "locale": "fr", "ticket_url": "https://r.example/t2",
            "avatar_url": "https://r.example/b.png", "deleted": false, "created_at": "2026-01-01T10:00:00Z", "event_id": 7}]);
    let proposal = of_json(&body);
    let fields: Vec<&str> = proposal
        .mapping
        .iter()
        .map(|proposed| proposed.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["source_id", "email", "first_name", "last_name"],
        "{:#?}",
        proposal.mapping
    );
}

#[test]
fn rules_come_from_states_flags_and_times() {
    let record = |number: u32, status: &str, cancelled_at: Value| {
        json!({"email": format!("p{number}@example.org"), "status": status, "cancelled_at": cancelled_at, "test_mode": false, "active": true, "state": "Bavaria",
            "address": {"state": "void"}})
    };
    let body = json!([
        record(1, "confirmed", json!(null)),
        record(2, "confirmed", json!(null)),
        record(3, "Cancelled", json!("2026-01-01")),
        record(4, "waitlist", json!(null))
    ]);
    let proposal = of_json(&body);
    let rules: Vec<(Value, usize)> = proposal
        .rules
        .iter()
        .map(|rule| (rule.rule.clone(), rule.matches))
        .collect();
    assert_eq!(
        rules,
        [
            (
                json!({"field": "status", "is": ["waitlist"], "then": "ignore"}),
                1
            ),
            (
                json!({"field": "test_mode", "is": ["true"], "then": "ignore"}),
                0
            ),
            (
                json!({"field": "active", "is": ["false"], "then": "remove_attendee"}),
                0
            ),
            (
                json!({"field": "cancelled_at", "not_blank": true, "then": "remove_attendee"}),
                1
            ),
            (
                json!({"field": "status", "is": ["Cancelled"], "then": "remove_attendee"}),
                1
            ),
        ]
    );
    assert_eq!(
        proposal.rules[0].reason,
        "status: confirmed 2, Cancelled 1, waitlist 1; matches 1 of 4"
    );
    let status = proposal
        .values
        .iter()
        .find(|values| values.field == "status")
        .unwrap();
    assert_eq!(status.values.first(), Some(&("confirmed".to_owned(), 2)));
    assert!(proposal.values.iter().all(|values| values.field != "email"));
}

#[test]
fn records_at_the_path_of_the_document_are_looked_at_first() {
    let body = json!({"speakers": [{"id": 1, "mail": "s@example.org"}], "attendees": [{"id": 2, "email": "a@example.org", "name": "Ada Lee"}]});
    let path: RecordsPath = "$.speakers[*]".parse().unwrap();
    let proposal = propose(&ProposeAnswered {
        body: &body,
        headers: &[],
        url: "https://registration.example/",
        request_body: None,
        format: FeedFormat::Json,
        records: Some(&path),
        lookups: &Lookups::default(),
    });
    assert_eq!(
        (list(&proposal), mapping(&proposal, "email")),
        ("$.attendees[*]", json!("mail"))
    );
}
