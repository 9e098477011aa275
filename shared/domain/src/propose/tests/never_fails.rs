//! Whatever is answered or pasted, something is said, and what is proposed passes the document's check.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::config::{FeedFormat, FieldMapping, GroupsMapping, Pagination, Rule};
use crate::lookup::Lookups;
use crate::propose::{ProposeAnswered, ProposedDocument, propose, request_from_curl, text_answer};

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[a-z_.\\[\\]\"' $*]{0,8}",
        proptest::sample::select(vec![
            "email",
            "first_name",
            "name",
            "title",
            "id",
            "next",
            "data",
            "meta",
            "page",
            "total",
            "status",
            "answers",
            "question",
            "answer",
            "values",
            "tags",
            "cancelled_at",
            "primary",
            "parent",
            "record",
            "Vorname",
            "hasNextPage",
            "endCursor",
            "offset",
            "links",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-z]{1,3}@example.org".prop_map(Value::from),
        Just(json!("https://r.example/2")),
        Just(json!("cancelled")),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn any_answer_gets_proposals_that_pass(body in any_json(), request in prop::option::of(any_json()), is_table in any::<bool>()) {
        let proposal = propose(&ProposeAnswered {
            body: &body,
            headers: &[("Link".to_owned(), "<".to_owned())],
            url: "https://registration.example/?page=1",
            request_body: request.as_ref(),
            format: if is_table { FeedFormat::Csv } else { FeedFormat::Json },
            records: None,
            lookups: &Lookups::default(),
        });
        prop_assert!(!proposal.lists.reason.is_empty());
        let document = ProposedDocument::from(proposal);
        for (field, mapping) in &document.mapping {
            let passes = match field.as_str() {
                "groups" => serde_json::from_value::<GroupsMapping>(mapping.clone()).is_ok(),
                _ => serde_json::from_value::<FieldMapping>(mapping.clone()).is_ok(),
            };
            prop_assert!(passes, "{field} {mapping}");
        }
        prop_assert!(serde_json::from_value::<Pagination>(document.pagination.unwrap()).is_ok());
        for rule in document.rules {
            prop_assert!(serde_json::from_value::<Rule>(rule).is_ok());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\PC\\n\\t;,\"{}\\[\\]^\\\\']{0,200}", number in 0_usize..3) {
        let _read = text_answer(&text);
        let before = ["curl ", "curl https://a.example -H ", "curl ^\""];
        let _request = request_from_curl(&format!("{}{text}", before[number]));
    }
}
