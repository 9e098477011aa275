//! The part of the form about the mapping, field by field.

use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, KindChoice, PLACES, SectionPart};
use crate::texts::{TextId, id};

const APPLY: Options = &[
    ("always", id("configurator-mapping-at-every-sync")),
    ("on_create", id("configurator-mapping-only-when-the-person")),
    ("if_empty", id("configurator-mapping-only-if-the-field")),
];

const BLANK: Options = &[
    ("clear", id("configurator-mapping-empty-the-field")),
    ("keep", id("configurator-mapping-keep-the-value")),
];

const SHARED: &[Leaf] = &[
    Leaf::new(
        LeafKind::Choice(APPLY),
        "apply",
        id("configurator-mapping-when-to-apply"),
        TextId::NONE,
    )
    .or("always"),
    Leaf::new(
        LeafKind::Choice(BLANK),
        "blank",
        id("configurator-mapping-if-the-value-is"),
        TextId::NONE,
    )
    .or("clear"),
    Leaf::new(
        LeafKind::Text,
        "default",
        id("configurator-mapping-default-value"),
        id("configurator-mapping-used-if-the-value"),
    ),
];

/// The options of the groups.
const OF_GROUPS: &[Leaf] = &[
    Leaf::new(
        LeafKind::Text,
        "separator",
        id("configurator-mapping-group-separator"),
        id("configurator-mapping-for-example-if-one"),
    ),
    Leaf::new(
        LeafKind::Choice(APPLY),
        "apply",
        id("configurator-mapping-when-to-apply"),
        TextId::NONE,
    )
    .or("always"),
    Leaf::new(
        LeafKind::Choice(BLANK),
        "blank",
        id("configurator-mapping-if-the-value-is"),
        TextId::NONE,
    )
    .or("clear"),
    Leaf::new(
        LeafKind::Text,
        "default",
        id("configurator-mapping-default-value"),
        id("configurator-mapping-used-if-the-value"),
    ),
];

/// The options of the fields that identify people.
const OF_IDENTITY: &[Leaf] = &[
    Leaf::new(
        LeafKind::Choice(APPLY),
        "apply",
        id("configurator-mapping-when-to-apply"),
        TextId::NONE,
    )
    .or("always"),
    Leaf::new(
        LeafKind::Choice(BLANK),
        "blank",
        id("configurator-mapping-if-the-value-is"),
        TextId::NONE,
    )
    .or("clear"),
];

const fn origins(path: Leaf, constant: Leaf, expression: Leaf) -> [[Leaf; 1]; 3] {
    [[path], [constant], [expression]]
}

const PATH: Leaf = Leaf::new(
    LeafKind::Path,
    "path",
    id("configurator-mapping-field-of-the-record"),
    TextId::NONE,
);
const CONSTANT: Leaf = Leaf::new(
    LeafKind::Text,
    "constant",
    id("configurator-mapping-value"),
    TextId::NONE,
);
const EXPRESSION: Leaf = Leaf::new(
    LeafKind::Expression,
    "expression",
    id("configurator-mapping-expression"),
    id("configurator-mapping-uses-the-fields-of"),
);

const MAY: [[Leaf; 1]; 3] = origins(PATH, CONSTANT, EXPRESSION);
const MUST: [[Leaf; 1]; 3] = origins(PATH.required(), CONSTANT.required(), EXPRESSION.required());

const fn kinds(leaves: &'static [[Leaf; 1]; 3]) -> [Branch; 3] {
    let [path, constant, expression] = leaves;
    [
        Branch {
            name: "path",
            label: id("configurator-mapping-field-of-the-record"),
            leaves: path,
        },
        Branch {
            name: "constant",
            label: id("configurator-mapping-fixed-value"),
            leaves: constant,
        },
        Branch {
            name: "expression",
            label: id("configurator-mapping-expression"),
            leaves: expression,
        },
    ]
}

/// The field for several places of groups, which contain all their options themselves.
const SEVERAL: [Leaf; 1] = [Leaf::new(
    LeafKind::Places,
    PLACES,
    id("configurator-mapping-fields-of-the-record"),
    id("configurator-mapping-one-per-line-if"),
)
.required()];

const OF_SEVERAL: &[Branch] = &{
    let [path, constant, expression] = kinds(&MAY);
    let several = Branch {
        name: PLACES,
        label: id("configurator-mapping-several-fields-of-the"),
        leaves: &SEVERAL,
    };
    [path, constant, expression, several]
};

const OPTIONAL: &[Branch] = &kinds(&MAY);
const MANDATORY: &[Branch] = &kinds(&MUST);

const fn mapped(
    path: &'static str,
    label: TextId,
    help: TextId,
    kinds: &'static [Branch],
    shared: &'static [Leaf],
) -> SectionPart {
    SectionPart::Choice(KindChoice {
        path,
        label,
        help,
        shape: ChoiceShape::Mapping,
        kinds,
        shared,
    })
}

pub(super) const PARTS: &[SectionPart] = &[
    mapped(
        "mapping.email",
        id("configurator-mapping-email"),
        id("configurator-mapping-identifies-the-person"),
        MANDATORY,
        OF_IDENTITY,
    ),
    mapped(
        "mapping.first_name",
        id("configurator-mapping-first-name"),
        TextId::NONE,
        MANDATORY,
        SHARED,
    ),
    mapped(
        "mapping.last_name",
        id("configurator-mapping-last-name"),
        TextId::NONE,
        MANDATORY,
        SHARED,
    ),
    mapped(
        "mapping.source_id",
        id("configurator-mapping-source-id"),
        id("configurator-mapping-the-id-of-the"),
        OPTIONAL,
        OF_IDENTITY,
    ),
    mapped(
        "mapping.groups",
        id("configurator-mapping-groups"),
        id("configurator-mapping-a-list-or-a"),
        OF_SEVERAL,
        OF_GROUPS,
    ),
    mapped(
        "mapping.title",
        id("configurator-mapping-title"),
        id("configurator-mapping-form-of-address-such"),
        OPTIONAL,
        SHARED,
    ),
    mapped(
        "mapping.job_title",
        id("configurator-mapping-job-title"),
        TextId::NONE,
        OPTIONAL,
        SHARED,
    ),
    mapped(
        "mapping.company",
        id("configurator-mapping-company"),
        TextId::NONE,
        OPTIONAL,
        SHARED,
    ),
    mapped(
        "mapping.country",
        id("configurator-mapping-country"),
        id("configurator-mapping-a-name-or-a"),
        OPTIONAL,
        SHARED,
    ),
    mapped(
        "mapping.biography",
        id("configurator-mapping-biography"),
        TextId::NONE,
        OPTIONAL,
        SHARED,
    ),
    mapped(
        "mapping.additional_info",
        id("configurator-mapping-additional-info"),
        TextId::NONE,
        OPTIONAL,
        SHARED,
    ),
    mapped(
        "mapping.digital_badge",
        id("configurator-mapping-digital-badge"),
        id("configurator-mapping-the-https-address-of"),
        OPTIONAL,
        SHARED,
    ),
];
