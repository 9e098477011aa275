//! Where the registrations are: the address, the pages, and what few need.

use serde_json::{Map, Value, json};

use super::authentication::AUTHENTICATION;
use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, ConfiguratorRow, KindChoice, ON, RowList, SectionPart};

const FORMATS: Options = &[
    ("json", "JSON"),
    ("ndjson", "JSON lines, one record a line"),
    ("csv", "CSV, with a header row"),
];

const METHODS: Options = &[
    ("GET", "GET"),
    ("POST", "POST, with the body of the document"),
];

/// Where the parameters of paging go.
const IN: Leaf = Leaf::new(
    LeafKind::Choice(&[("query", "the address"), ("body", "the body")]),
    "in",
    "The parameters go into",
    "In a body the parameter is a path, such as variables.after.",
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
            "Address of the registrations",
            "The URL of the API, as its documentation gives it; query parameters belong to it. For example https://registration.example/api/attendees?event=42.",
        )
        .required(),
    ),
    SectionPart::Choice(AUTHENTICATION),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Choice(FORMATS),
            "source.format",
            "The answer is written in",
            "Compressed answers are read as well.",
        )
        .or("json"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Records,
            "source.records",
            "Where the records are in the answer",
            "$[*] where the answer is the list itself; $.results[*] where the list is called results; $.orders[*].tickets[*] for tickets within orders. For JSON only.",
        )
        .or("$[*]"),
    ),
    SectionPart::Choice(PAGINATION),
    SectionPart::More("What the answer is written in", WRITING),
    SectionPart::More(
        "Headers, side lists, details and a body",
        &[
            SectionPart::List(HEADERS),
            SectionPart::List(LOOKUPS),
            SectionPart::Choice(DETAILS),
            SectionPart::Leaf(
                Leaf::new(
                    LeafKind::Choice(METHODS),
                    "source.method",
                    "Asked for by",
                    "The body itself is in the document, as source.body.",
                )
                .or("GET"),
            ),
        ],
    ),
    SectionPart::More("Fewer and smaller requests", &[SectionPart::Choice(INCREMENTAL), SectionPart::Choice(ONE_PERSON)]),
    SectionPart::More("Limits of one sync", LIMITS),
];

const WRITING: &[SectionPart] = &[
    SectionPart::Leaf(word(
        "source.charset",
        "Charset",
        "Only where letters with accents come out wrong, such as windows-1252. Else it is found out.",
    )),
    SectionPart::Leaf(Leaf::new(
        LeafKind::Text,
        "source.csv.delimiter",
        "What separates the fields of a table",
        "One character. Commas, semicolons, tabs and pipes are found out.",
    )),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.csv.skip_lines",
            "Lines before the header of a table",
            "Titles above the header are found out by the columns that the mapping names.",
        )
        .or("0"),
    ),
];

const PAGINATION: KindChoice = KindChoice {
    path: "source.pagination",
    label: "How one page leads to the next",
    help: "A long list comes in pages. Its documentation says how to ask for the next, often under \u{201c}Pagination\u{201d}.",
    shape: ChoiceShape::Tagged,
    shared: &[],
    kinds: &[
        branch("none", "There is one page with everything", &[]),
        branch(
            "next_link",
            "The answer has the address of the next page",
            &[answer(
                "path",
                "Where the address is",
                "For example next, or links.next",
            )
            .required()],
        ),
        branch("link_header", "A Link header has it", &[]),
        branch(
            "page",
            "Pages are numbered",
            &[
                word(
                    "parameter",
                    "Parameter with the page\u{2019}s number",
                    "For example page",
                )
                .required(),
                Leaf::new(LeafKind::Whole(MANY), "start", "Number of the first page", "").or("1"),
                word(
                    "size_parameter",
                    "Parameter with the page\u{2019}s size",
                    "For example per_page. With it goes the size.",
                ),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "size",
                    "Records a page",
                    "As many as the documentation allows.",
                ),
                answer(
                    "total_pages_path",
                    "Where the answer says how many pages there are",
                    "For example meta.last_page",
                ),
                answer(
                    "next_path",
                    "Where the answer says that there is another page",
                    "For example meta.next_page. Without either, the first empty page is the end.",
                ),
                IN,
            ],
        ),
        branch(
            "offset",
            "Records are counted",
            &[
                word(
                    "offset_parameter",
                    "Parameter with the first record\u{2019}s number",
                    "For example offset",
                )
                .required(),
                Leaf::new(LeafKind::Whole(MANY), "start", "Number of the first record", "").or("0"),
                word(
                    "limit_parameter",
                    "Parameter with the page\u{2019}s size",
                    "For example limit",
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "limit",
                    "Records a page",
                    "As many as the documentation allows.",
                )
                .required(),
                answer(
                    "total_path",
                    "Where the answer says how many records there are",
                    "For example total",
                ),
                IN,
            ],
        ),
        branch(
            "cursor",
            "The answer has a mark to go on from",
            &[
                word(
                    "parameter",
                    "Parameter that takes the mark",
                    "For example cursor",
                )
                .required(),
                answer(
                    "path",
                    "Where the mark is",
                    "For example pagination.next_cursor, or data[-1].id for the last record\u{2019}s.",
                )
                .required(),
                answer(
                    "more_path",
                    "Where the answer says whether there is more",
                    "For example pagination.has_more",
                ),
                IN,
            ],
        ),
    ],
};

const INCREMENTAL: KindChoice = KindChoice {
    path: "source.incremental",
    label: "Ask only for what changed since the last sync",
    help: "Where the API has a parameter for it. Needs the source ID in the mapping.",
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
                    "Parameter that takes the time",
                    "For example modified_since",
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "overlap_seconds",
                    "Ask again for the last seconds before",
                    "So that nothing is missed that was written meanwhile.",
                )
                .or("300"),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "full_every_hours",
                    "Read everything all the same, every so many hours",
                    "Only then is it seen who is not in the list any more.",
                )
                .or("24"),
                Leaf::new(
                    LeafKind::Text,
                    "format",
                    "How the time is written",
                    "By the rules of strftime.",
                )
                .or("%Y-%m-%dT%H:%M:%SZ"),
                word(
                    "time_zone",
                    "Zone of times that are written without one",
                    "For example America/Chicago. Not given, 14 hours more are asked for.",
                ),
            ],
        ),
    ],
};

const DETAILS: KindChoice = KindChoice {
    path: "source.details",
    label: "Ask for the details of each record",
    help: "One more request for each new or changed record, where the list lacks a field. Its answer is details in the mapping and in rules.",
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
                    "Address of the details",
                    "For example https://registration.example/api/attendees/{id}; {id} stands for the record\u{2019}s field of that name.",
                )
                .required(),
            ],
        ),
    ],
};

const ONE_PERSON: KindChoice = KindChoice {
    path: "source.one_person",
    label: "Ask for one person alone, by their address",
    help: "Where the API can filter by e-mail address, syncing one person takes one request.",
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        branch("", "No", &[]),
        branch(
            ON,
            "Yes",
            &[
                word("parameter", "Parameter that filters", "For example email").required(),
                Leaf::new(
                    LeafKind::Text,
                    "format",
                    "Its value",
                    "{email} stands for the address.",
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
            "Most requests a minute",
            "So that the registration system is not hammered.",
        )
        .or("300"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.limits.timeout_seconds",
            "Longest wait for an answer, in seconds",
            "",
        )
        .or("30"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(u64::MAX),
            "source.limits.max_bytes",
            "Most bytes of one sync",
            "A list that is longer fails the sync, and nobody is removed.",
        )
        .or("2000000000"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.limits.max_records",
            "Most records of one sync",
            "",
        )
        .or("2000000"),
    ),
];

const HEADERS: RowList = RowList {
    path: "source.headers",
    label: "Headers of every request",
    help: "Only where the documentation asks for them. No credentials here.",
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
    label: "Side lists",
    help: "Small lists that expressions look things up in, such as the names of ticket types: lookup.items[item].name. They are read once a sync, with the same sign-in.",
    row: "side list",
    columns: &[
        word("name", "Name in expressions", "For example items").required(),
        word("url", "Address", "").required(),
        Leaf::new(
            LeafKind::Records,
            "records",
            "Where its records are",
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
