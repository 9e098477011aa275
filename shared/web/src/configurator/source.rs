//! The part of the form about the source: its address, its pages, and rarely needed settings.

use serde_json::{Map, Value, json};

use super::authentication::AUTHENTICATION;
use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, ConfiguratorRow, KindChoice, ON, RowList, SectionPart};

const FORMATS: Options = &[
    ("json", "JSON"),
    ("ndjson", "JSON Lines, one record per line"),
    ("csv", "CSV, with a header row"),
];

const METHODS: Options = &[
    ("GET", "GET"),
    ("POST", "POST, with the request body of the document"),
];

/// The field for the place of paging parameters.
const IN: Leaf = Leaf::new(
    LeafKind::Choice(&[("query", "the URL"), ("body", "the request body")]),
    "in",
    "Send the paging parameters in",
    "In the request body a parameter is a path, such as variables.after.",
)
.or("query");

const MANY: u64 = u32::MAX as u64;

pub(super) const fn word(key: &'static str, label: &'static str, help: &'static str) -> Leaf {
    Leaf::new(LeafKind::Word, key, label, help)
}

pub(super) const fn answer(key: &'static str, label: &'static str, help: &'static str) -> Leaf {
    Leaf::new(LeafKind::AnswerPath, key, label, help)
}

pub(super) const fn branch(
    name: &'static str,
    label: &'static str,
    leaves: &'static [Leaf],
) -> Branch {
    Branch {
        name,
        label,
        leaves,
    }
}

pub(super) const PARTS: &[SectionPart] = &[
    SectionPart::Leaf(
        word(
            "source.url",
            "URL of the registrations",
            "The URL from the API documentation, including its query parameters. For example https://registration.example/api/attendees?event=42.",
        )
        .required(),
    ),
    SectionPart::Choice(AUTHENTICATION),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Choice(FORMATS),
            "source.format",
            "Response format",
            "Compressed responses can be read, too.",
        )
        .or("json"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Records,
            "source.records",
            "Path to the list of registrations",
            "$[*] if the response itself is the list; $.results[*] if the list is called results; $.orders[*].tickets[*] for tickets within orders. For JSON only.",
        )
        .or("$[*]"),
    ),
    SectionPart::Choice(PAGINATION),
    SectionPart::More("Charset and CSV options", WRITING),
    SectionPart::More(
        "Headers, lookup lists, details and request method",
        &[
            SectionPart::List(HEADERS),
            SectionPart::List(LOOKUPS),
            SectionPart::Choice(DETAILS),
            SectionPart::Leaf(
                Leaf::new(
                    LeafKind::Choice(METHODS),
                    "source.method",
                    "Request method",
                    "The request body is edited in the configuration as text, as source.body.",
                )
                .or("GET"),
            ),
        ],
    ),
    SectionPart::More("Incremental sync", &[SectionPart::Choice(INCREMENTAL), SectionPart::Choice(ONE_PERSON)]),
    SectionPart::More("Limits per sync", LIMITS),
    SectionPart::More(
        "Upload a list instead",
        &[SectionPart::Leaf(
            Leaf::new(
                LeafKind::Flag(UPLOAD),
                "source.upload",
                "The list comes from",
                "An uploaded list is a CSV, XLSX or JSON file of all people. It takes the place of the URL, authentication and pagination.",
            )
            .or("false"),
        )],
    ),
];

const UPLOAD: Options = &[
    ("false", "A URL"),
    ("true", "A file that is uploaded on the page of the event"),
];

const WRITING: &[SectionPart] = &[
    SectionPart::Leaf(word(
        "source.charset",
        "Charset",
        "Only if letters with accents look wrong: then, for example, windows-1252. Otherwise it is detected.",
    )),
    SectionPart::Leaf(Leaf::new(
        LeafKind::Text,
        "source.csv.delimiter",
        "CSV delimiter",
        "One character. Commas, semicolons, tabs and pipes are detected.",
    )),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.csv.skip_lines",
            "Lines before the CSV header",
            "Titles above the header are detected if the mapping names the columns.",
        )
        .or("0"),
    ),
];

const PAGINATION: KindChoice = KindChoice {
    path: "source.pagination",
    label: "Pagination",
    help: "Long lists are sent in pages. The API documentation says how to request the next page, often under \u{201c}Pagination\u{201d}.",
    shape: ChoiceShape::Tagged,
    shared: &[],
    kinds: &[
        branch("none", "None: one page has everything", &[]),
        branch(
            "next_link",
            "Next link in the response",
            &[answer(
                "path",
                "Path to the next link",
                "For example next, or links.next",
            )
            .required()],
        ),
        branch("link_header", "Link header", &[]),
        branch(
            "page",
            "Page number",
            &[
                word(
                    "parameter",
                    "Parameter for the page number",
                    "For example page",
                )
                .required(),
                Leaf::new(LeafKind::Whole(MANY), "start", "Number of the first page", "").or("1"),
                word(
                    "size_parameter",
                    "Parameter for the page size",
                    "For example per_page. It is sent with the number of records per page.",
                ),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "size",
                    "Records per page",
                    "As many as the API documentation allows.",
                ),
                answer(
                    "total_pages_path",
                    "Path to the number of pages",
                    "For example meta.last_page",
                ),
                answer(
                    "next_path",
                    "Path to the next page",
                    "For example meta.next_page. Without this path or the one before, the first empty page is the end.",
                ),
                IN,
            ],
        ),
        branch(
            "offset",
            "Offset and limit",
            &[
                word(
                    "offset_parameter",
                    "Parameter for the offset",
                    "For example offset",
                )
                .required(),
                Leaf::new(LeafKind::Whole(MANY), "start", "Offset of the first record", "").or("0"),
                word(
                    "limit_parameter",
                    "Parameter for the page size",
                    "For example limit",
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "limit",
                    "Records per page",
                    "As many as the API documentation allows.",
                )
                .required(),
                answer(
                    "total_path",
                    "Path to the total number of records",
                    "For example total",
                ),
                IN,
            ],
        ),
        branch(
            "cursor",
            "Cursor",
            &[
                word(
                    "parameter",
                    "Parameter for the cursor",
                    "For example cursor",
                )
                .required(),
                answer(
                    "path",
                    "Path to the next cursor",
                    "For example pagination.next_cursor, or data[-1].id for the ID of the last record.",
                )
                .required(),
                answer(
                    "more_path",
                    "Path to the sign that there are more pages",
                    "For example pagination.has_more",
                ),
                IN,
            ],
        ),
    ],
};

const INCREMENTAL: KindChoice = KindChoice {
    path: "source.incremental",
    label: "Read only what changed since the last sync",
    help: "If the API has a parameter for it. Requires the source ID in the mapping.",
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        branch("", "No", &[]),
        branch(
            ON,
            "Yes",
            &[
                word(
                    "parameter",
                    "Parameter for the time",
                    "For example modified_since",
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "overlap_seconds",
                    "Overlap with the last sync, in seconds",
                    "So that nothing is missed that was changed during the last sync.",
                )
                .or("300"),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "full_every_hours",
                    "Full sync every … hours",
                    "Only a full sync finds people who are missing from the source.",
                )
                .or("24"),
                Leaf::new(
                    LeafKind::Text,
                    "format",
                    "Format of the time",
                    "In the notation of strftime.",
                )
                .or("%Y-%m-%dT%H:%M:%SZ"),
                word(
                    "time_zone",
                    "Zone of times without an offset",
                    "For example America/Chicago. If empty, the changes of 14 more hours are read.",
                ),
            ],
        ),
    ],
};

const DETAILS: KindChoice = KindChoice {
    path: "source.details",
    label: "Read the details of each record",
    help: "One more request for each new or changed record, if the list lacks a field. The mapping and the rules see the response as details.",
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        branch("", "No", &[]),
        branch(
            ON,
            "Yes",
            &[
                word(
                    "url",
                    "URL of the details",
                    "For example https://registration.example/api/attendees/{id}. {id} is replaced by the field of that name.",
                )
                .required(),
            ],
        ),
    ],
};

const ONE_PERSON: KindChoice = KindChoice {
    path: "source.one_person",
    label: "Read one person by e-mail address",
    help: "If the API can filter by e-mail address, a sync of one person takes one request.",
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        branch("", "No", &[]),
        branch(
            ON,
            "Yes",
            &[
                word("parameter", "Parameter for the filter", "For example email").required(),
                Leaf::new(
                    LeafKind::Text,
                    "format",
                    "Value of the filter",
                    "{email} is replaced by the address.",
                )
                .or("{email}"),
            ],
        ),
    ],
};

const LIMITS: &[SectionPart] = &[
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.limits.requests_per_minute",
            "Maximum requests per minute",
            "Protects the registration system from overload.",
        )
        .or("300"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.limits.timeout_seconds",
            "Timeout per request, in seconds",
            "",
        )
        .or("30"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(u64::MAX),
            "source.limits.max_bytes",
            "Maximum download per sync, in bytes",
            "With a larger list the sync fails, and nobody is removed.",
        )
        .or("2000000000"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.limits.max_records",
            "Maximum records per sync",
            "",
        )
        .or("2000000"),
    ),
];

const HEADERS: RowList = RowList {
    path: "source.headers",
    label: "Request headers",
    help: "Only if the API documentation requires them. Do not enter credentials here.",
    row: "header",
    columns: &[
        word("name", "Header", "").required(),
        Leaf::new(LeafKind::Text, "value", "Value", ""),
    ],
    open: |headers| {
        named(headers, |value| {
            Map::from_iter([("value".to_owned(), value.clone())])
        })
    },
    close: |rows| {
        let value = |mut row: ConfiguratorRow| row.remove("value").unwrap_or_else(|| json!(""));
        by_name(rows, value)
    },
    place: |_, name| format!("source.headers.{name}"),
    wrong: |_| None,
    ordered: false,
};

const LOOKUPS: RowList = RowList {
    path: "source.lookups",
    label: "Lookup lists",
    help: "Small lists in which expressions look up values, such as the names of ticket types: lookup.items[item].name. They are read once per sync, with the same authentication.",
    row: "lookup list",
    columns: &[
        word("name", "Name in expressions", "For example items").required(),
        word("url", "URL of the list", "").required(),
        Leaf::new(
            LeafKind::Records,
            "records",
            "Path to its records",
            "For example $.results[*]",
        )
        .required(),
        answer("key", "Field to look up by", "For example id").required(),
    ],
    open: |lookups| {
        named(lookups, |value| {
            value.as_object().cloned().unwrap_or_default()
        })
    },
    close: |rows| by_name(rows, Value::from),
    place: |_, name| format!("source.lookups.{name}"),
    wrong: |_| None,
    ordered: false,
};

/// An object's entries as rows with a name.
fn named(all: &Value, fields: fn(&Value) -> ConfiguratorRow) -> Vec<ConfiguratorRow> {
    let all = all.as_object().into_iter().flatten();
    all.map(|(name, value)| {
        let mut row = fields(value);
        row.insert("name".to_owned(), name.as_str().into());
        row
    })
    .collect()
}

fn by_name(rows: Vec<ConfiguratorRow>, value: impl Fn(ConfiguratorRow) -> Value) -> Value {
    rows.into_iter()
        .map(|mut row| {
            let name = row.remove("name");
            let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
            (name.to_owned(), value(row))
        })
        .collect()
}
