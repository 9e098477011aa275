//! The part of the form about the mapping, field by field.

use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, KindChoice, PLACES, SectionPart};

const APPLY: Options = &[
    ("always", "At every sync"),
    ("on_create", "Only when the person is new"),
    ("if_empty", "Only if the field is empty"),
];

const BLANK: Options = &[("clear", "Empty the field"), ("keep", "Keep the value")];

const SHARED: &[Leaf] = &[
    Leaf::new(LeafKind::Choice(APPLY), "apply", "When to apply", "").or("always"),
    Leaf::new(
        LeafKind::Choice(BLANK),
        "blank",
        "If the value is blank",
        "",
    )
    .or("clear"),
    Leaf::new(
        LeafKind::Text,
        "default",
        "Default value",
        "Used if the value is blank. Leave it empty for none.",
    ),
];

/// The options of the groups.
const OF_GROUPS: &[Leaf] = &[
    Leaf::new(
        LeafKind::Text,
        "separator",
        "Group separator",
        "For example ; if one text has several groups. Leave it empty if the record has a list.",
    ),
    Leaf::new(LeafKind::Choice(APPLY), "apply", "When to apply", "").or("always"),
    Leaf::new(
        LeafKind::Choice(BLANK),
        "blank",
        "If the value is blank",
        "",
    )
    .or("clear"),
    Leaf::new(
        LeafKind::Text,
        "default",
        "Default value",
        "Used if the value is blank. Leave it empty for none.",
    ),
];

/// The options of the fields that identify people.
const OF_IDENTITY: &[Leaf] = &[
    Leaf::new(LeafKind::Choice(APPLY), "apply", "When to apply", "").or("always"),
    Leaf::new(
        LeafKind::Choice(BLANK),
        "blank",
        "If the value is blank",
        "",
    )
    .or("clear"),
];

const fn origins(path: Leaf, constant: Leaf, expression: Leaf) -> [[Leaf; 1]; 3] {
    [[path], [constant], [expression]]
}

const PATH: Leaf = Leaf::new(LeafKind::Path, "path", "Field of the record", "");
const CONSTANT: Leaf = Leaf::new(LeafKind::Text, "constant", "Value", "");
const EXPRESSION: Leaf = Leaf::new(
    LeafKind::Expression,
    "expression",
    "Expression",
    "Uses the fields of the record, such as company or parent.invoice.company. A filter changes a value: name | split | first",
);

const MAY: [[Leaf; 1]; 3] = origins(PATH, CONSTANT, EXPRESSION);
const MUST: [[Leaf; 1]; 3] = origins(PATH.required(), CONSTANT.required(), EXPRESSION.required());

const fn kinds(leaves: &'static [[Leaf; 1]; 3]) -> [Branch; 3] {
    let [path, constant, expression] = leaves;
    [
        Branch {
            name: "path",
            label: "Field of the record",
            leaves: path,
        },
        Branch {
            name: "constant",
            label: "Fixed value",
            leaves: constant,
        },
        Branch {
            name: "expression",
            label: "Expression",
            leaves: expression,
        },
    ]
}

/// The field for several places of groups, which contain all their options themselves.
const SEVERAL: [Leaf; 1] = [Leaf::new(
    LeafKind::Places,
    PLACES,
    "Fields of the record",
    "One per line. If one text has several groups, add the separator: tracks | ,",
)
.required()];

const OF_SEVERAL: &[Branch] = &{
    let [path, constant, expression] = kinds(&MAY);
    let several = Branch {
        name: PLACES,
        label: "Several fields of the record",
        leaves: &SEVERAL,
    };
    [path, constant, expression, several]
};

const OPTIONAL: &[Branch] = &kinds(&MAY);
const MANDATORY: &[Branch] = &kinds(&MUST);

const fn mapped(
    path: &'static str,
    label: &'static str,
    help: &'static str,
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
        "E-mail",
        "Identifies the person.",
        MANDATORY,
        OF_IDENTITY,
    ),
    mapped("mapping.first_name", "First name", "", MANDATORY, SHARED),
    mapped("mapping.last_name", "Last name", "", MANDATORY, SHARED),
    mapped(
        "mapping.source_id",
        "Source ID",
        "The ID of the record in the registration system.",
        OPTIONAL,
        OF_IDENTITY,
    ),
    mapped(
        "mapping.groups",
        "Groups",
        "A list or a text in the record.",
        OF_SEVERAL,
        OF_GROUPS,
    ),
    mapped(
        "mapping.title",
        "Title",
        "Form of address, such as Dr.",
        OPTIONAL,
        SHARED,
    ),
    mapped("mapping.job_title", "Job title", "", OPTIONAL, SHARED),
    mapped("mapping.company", "Company", "", OPTIONAL, SHARED),
    mapped(
        "mapping.country",
        "Country",
        "A name, or a code of two or three letters.",
        OPTIONAL,
        SHARED,
    ),
    mapped("mapping.biography", "Biography", "", OPTIONAL, SHARED),
    mapped(
        "mapping.additional_info",
        "Additional info",
        "",
        OPTIONAL,
        SHARED,
    ),
    mapped(
        "mapping.digital_badge",
        "Digital badge",
        "The https address of a JPG, PNG or PDF.",
        OPTIONAL,
        SHARED,
    ),
];
