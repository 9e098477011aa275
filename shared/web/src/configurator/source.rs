//! The part of the form about the source: its address, its pages, and rarely needed settings.

use serde_json::{Map, Value, json};

use super::authentication::AUTHENTICATION;
use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, ConfiguratorRow, KindChoice, ON, RowList, SectionPart};
use crate::texts::{TextId, id};

const FORMATS: Options = &[
    ("json", id("configurator-source-json")),
    ("ndjson", id("configurator-source-json-lines-one-record")),
    ("csv", id("configurator-source-csv-with-a-header")),
];

const METHODS: Options = &[
    ("GET", id("configurator-source-get")),
    ("POST", id("configurator-source-post-with-the-request")),
];

/// The field for the place of paging parameters.
const IN: Leaf = Leaf::new(
    LeafKind::Choice(&[
        ("query", id("configurator-source-the-url")),
        ("body", id("configurator-source-the-request-body")),
    ]),
    "in",
    id("configurator-source-send-the-paging-parameters"),
    id("configurator-source-in-the-request-body"),
)
.or("query");

const MANY: u64 = u32::MAX as u64;

pub(super) const fn word(key: &'static str, label: TextId, help: TextId) -> Leaf {
    Leaf::new(LeafKind::Word, key, label, help)
}

pub(super) const fn answer(key: &'static str, label: TextId, help: TextId) -> Leaf {
    Leaf::new(LeafKind::AnswerPath, key, label, help)
}

pub(super) const fn branch(name: &'static str, label: TextId, leaves: &'static [Leaf]) -> Branch {
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
            id("configurator-source-url-of-the-registrations"),
            id("configurator-source-the-url-from-the"),
        )
        .required(),
    ),
    SectionPart::Choice(AUTHENTICATION),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Choice(FORMATS),
            "source.format",
            id("configurator-source-response-format"),
            id("configurator-source-compressed-responses-can-be"),
        )
        .or("json"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Records,
            "source.records",
            id("configurator-source-path-to-the-list"),
            id("configurator-source-if-the-response-itself"),
        )
        .or("$[*]"),
    ),
    SectionPart::Choice(PAGINATION),
    SectionPart::More(id("configurator-source-charset-and-csv-options"), WRITING),
    SectionPart::More(
        id("configurator-source-headers-lookup-lists-details"),
        &[
            SectionPart::List(HEADERS),
            SectionPart::List(LOOKUPS),
            SectionPart::Choice(DETAILS),
            SectionPart::Leaf(
                Leaf::new(
                    LeafKind::Choice(METHODS),
                    "source.method",
                    id("configurator-source-request-method"),
                    id("configurator-source-the-request-body-is"),
                )
                .or("GET"),
            ),
        ],
    ),
    SectionPart::More(
        id("configurator-source-incremental-sync"),
        &[
            SectionPart::Choice(INCREMENTAL),
            SectionPart::Choice(ONE_PERSON),
        ],
    ),
    SectionPart::More(id("configurator-source-limits-per-sync"), LIMITS),
    SectionPart::More(
        id("configurator-source-upload-a-list-instead"),
        &[SectionPart::Leaf(
            Leaf::new(
                LeafKind::Flag(UPLOAD),
                "source.upload",
                id("configurator-source-the-list-comes-from"),
                id("configurator-source-an-uploaded-list-is"),
            )
            .or("false"),
        )],
    ),
];

const UPLOAD: Options = &[
    ("false", id("configurator-source-a-url")),
    ("true", id("configurator-source-a-file-that-is")),
];

const WRITING: &[SectionPart] = &[
    SectionPart::Leaf(word(
        "source.charset",
        id("configurator-source-charset"),
        id("configurator-source-only-if-letters-with"),
    )),
    SectionPart::Leaf(Leaf::new(
        LeafKind::Text,
        "source.csv.delimiter",
        id("configurator-source-csv-delimiter"),
        id("configurator-source-one-character-commas-semicolons"),
    )),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.csv.skip_lines",
            id("configurator-source-lines-before-the-csv"),
            id("configurator-source-titles-above-the-header"),
        )
        .or("0"),
    ),
];

const PAGINATION: KindChoice = KindChoice {
    path: "source.pagination",
    label: id("configurator-source-pagination"),
    help: id("configurator-source-long-lists-are-sent"),
    shape: ChoiceShape::Tagged,
    shared: &[],
    kinds: &[
        branch("none", id("configurator-source-none-one-page-has"), &[]),
        branch(
            "next_link",
            id("configurator-source-next-link-in-the"),
            &[answer(
                "path",
                id("configurator-source-path-to-the-next"),
                id("configurator-source-for-example-next-or"),
            )
            .required()],
        ),
        branch("link_header", id("configurator-source-link-header"), &[]),
        branch(
            "page",
            id("configurator-source-page-number"),
            &[
                word(
                    "parameter",
                    id("configurator-source-parameter-for-the-page"),
                    id("configurator-source-for-example-page"),
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "start",
                    id("configurator-source-number-of-the-first"),
                    TextId::NONE,
                )
                .or("1"),
                word(
                    "size_parameter",
                    id("configurator-source-parameter-for-the-page-size"),
                    id("configurator-source-for-example-per-page"),
                ),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "size",
                    id("configurator-source-records-per-page"),
                    id("configurator-source-as-many-as-the"),
                ),
                answer(
                    "total_pages_path",
                    id("configurator-source-path-to-the-number"),
                    id("configurator-source-for-example-meta-last"),
                ),
                answer(
                    "next_path",
                    id("configurator-source-path-to-the-next-page"),
                    id("configurator-source-for-example-meta-next"),
                ),
                IN,
            ],
        ),
        branch(
            "offset",
            id("configurator-source-offset-and-limit"),
            &[
                word(
                    "offset_parameter",
                    id("configurator-source-parameter-for-the-offset"),
                    id("configurator-source-for-example-offset"),
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "start",
                    id("configurator-source-offset-of-the-first"),
                    TextId::NONE,
                )
                .or("0"),
                word(
                    "limit_parameter",
                    id("configurator-source-parameter-for-the-page-size"),
                    id("configurator-source-for-example-limit"),
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "limit",
                    id("configurator-source-records-per-page"),
                    id("configurator-source-as-many-as-the"),
                )
                .required(),
                answer(
                    "total_path",
                    id("configurator-source-path-to-the-total"),
                    id("configurator-source-for-example-total"),
                ),
                IN,
            ],
        ),
        branch(
            "cursor",
            id("configurator-source-cursor"),
            &[
                word(
                    "parameter",
                    id("configurator-source-parameter-for-the-cursor"),
                    id("configurator-source-for-example-cursor"),
                )
                .required(),
                answer(
                    "path",
                    id("configurator-source-path-to-the-next-cursor"),
                    id("configurator-source-for-example-pagination-next"),
                )
                .required(),
                answer(
                    "more_path",
                    id("configurator-source-path-to-the-sign"),
                    id("configurator-source-for-example-pagination-has"),
                ),
                IN,
            ],
        ),
    ],
};

const INCREMENTAL: KindChoice = KindChoice {
    path: "source.incremental",
    label: id("configurator-source-read-only-what-changed"),
    help: id("configurator-source-if-the-api-has"),
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        branch("", id("configurator-source-no"), &[]),
        branch(
            ON,
            id("configurator-source-yes"),
            &[
                word(
                    "parameter",
                    id("configurator-source-parameter-for-the-time"),
                    id("configurator-source-for-example-modified-since"),
                )
                .required(),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "overlap_seconds",
                    id("configurator-source-overlap-with-the-last"),
                    id("configurator-source-so-that-nothing-is"),
                )
                .or("300"),
                Leaf::new(
                    LeafKind::Whole(MANY),
                    "full_every_hours",
                    id("configurator-source-full-sync-every-hours"),
                    id("configurator-source-only-a-full-sync"),
                )
                .or("24"),
                Leaf::new(
                    LeafKind::Text,
                    "format",
                    id("configurator-source-format-of-the-time"),
                    id("configurator-source-in-the-notation-of"),
                )
                .or("%Y-%m-%dT%H:%M:%SZ"),
                word(
                    "time_zone",
                    id("configurator-source-zone-of-times-without"),
                    id("configurator-source-for-example-america-chicago"),
                ),
            ],
        ),
    ],
};

const DETAILS: KindChoice = KindChoice {
    path: "source.details",
    label: id("configurator-source-read-the-details-of"),
    help: id("configurator-source-one-more-request-for"),
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        branch("", id("configurator-source-no"), &[]),
        branch(
            ON,
            id("configurator-source-yes"),
            &[word(
                "url",
                id("configurator-source-url-of-the-details"),
                id("configurator-source-for-example-https-registration"),
            )
            .required()],
        ),
    ],
};

const ONE_PERSON: KindChoice = KindChoice {
    path: "source.one_person",
    label: id("configurator-source-read-one-person-by"),
    help: id("configurator-source-if-the-api-can"),
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        branch("", id("configurator-source-no"), &[]),
        branch(
            ON,
            id("configurator-source-yes"),
            &[
                word(
                    "parameter",
                    id("configurator-source-parameter-for-the-filter"),
                    id("configurator-source-for-example-email"),
                )
                .required(),
                Leaf::new(
                    LeafKind::Text,
                    "format",
                    id("configurator-source-value-of-the-filter"),
                    id("configurator-source-email-is-replaced-by"),
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
            id("configurator-source-maximum-requests-per-minute"),
            id("configurator-source-protects-the-registration-system"),
        )
        .or("300"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.limits.timeout_seconds",
            id("configurator-source-timeout-per-request-in"),
            TextId::NONE,
        )
        .or("30"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(u64::MAX),
            "source.limits.max_bytes",
            id("configurator-source-maximum-download-per-sync"),
            id("configurator-source-with-a-larger-list"),
        )
        .or("2000000000"),
    ),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Whole(MANY),
            "source.limits.max_records",
            id("configurator-source-maximum-records-per-sync"),
            TextId::NONE,
        )
        .or("2000000"),
    ),
];

const HEADERS: RowList = RowList {
    path: "source.headers",
    label: id("configurator-source-request-headers"),
    help: id("configurator-source-only-if-the-api"),
    row: id("setting-row-header"),
    twice: id("setting-two-headers"),
    counted: "setting-count-headers",
    columns: &[
        word("name", id("configurator-source-header"), TextId::NONE).required(),
        Leaf::new(
            LeafKind::Text,
            "value",
            id("configurator-source-value"),
            TextId::NONE,
        ),
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
    label: id("configurator-source-lookup-lists"),
    help: id("configurator-source-small-lists-in-which"),
    row: id("setting-row-lookup-list"),
    twice: id("setting-two-lookup-lists"),
    counted: "setting-count-lookup-lists",
    columns: &[
        word(
            "name",
            id("configurator-source-name-in-expressions"),
            id("configurator-source-for-example-items"),
        )
        .required(),
        word(
            "url",
            id("configurator-source-url-of-the-list"),
            TextId::NONE,
        )
        .required(),
        Leaf::new(
            LeafKind::Records,
            "records",
            id("configurator-source-path-to-its-records"),
            id("configurator-source-for-example-results"),
        )
        .required(),
        answer(
            "key",
            id("configurator-source-field-to-look-up"),
            id("configurator-source-for-example-id"),
        )
        .required(),
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
