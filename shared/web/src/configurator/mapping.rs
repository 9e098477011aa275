//! How a record becomes an attendee, field by field.

use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, KindChoice, PLACES, SectionPart};

const APPLY: Options = &[
    ("always", "At every sync"),
    ("on_create", "Only when the person is new"),
    ("if_empty", "Only where there is no value yet"),
];

const BLANK: Options = &[
    ("clear", "Empties the field"),
    ("keep", "Leaves the field as it is"),
];

const SHARED: &[Leaf] = &[
    Leaf::new(LeafKind::Choice(APPLY), "apply", "Taken over", "").or("always"),
    Leaf::new(LeafKind::Choice(BLANK), "blank", "A blank value", "").or("clear"),
    Leaf::new(
        LeafKind::Text,
        "default",
        "Instead of a blank value",
        "Leave it empty where there is nothing to put.",
    ),
];

/// Those of the groups.
const OF_GROUPS: &[Leaf] = &[
    Leaf::new(
        LeafKind::Text,
        "separator",
        "Groups are separated by",
        "For example ; where one text has several. Leave it empty where the record has a list.",
    ),
    Leaf::new(LeafKind::Choice(APPLY), "apply", "Taken over", "").or("always"),
    Leaf::new(LeafKind::Choice(BLANK), "blank", "A blank value", "").or("clear"),
    Leaf::new(
        LeafKind::Text,
        "default",
        "Instead of a blank value",
        "Leave it empty where there is nothing to put.",
    ),
];

/// Those of what tells people apart.
const OF_IDENTITY: &[Leaf] = &[
    Leaf::new(LeafKind::Choice(APPLY), "apply", "Taken over", "").or("always"),
    Leaf::new(LeafKind::Choice(BLANK), "blank", "A blank value", "").or("clear"),
];

const fn origins(path: Leaf, constant: Leaf, expression: Leaf) -> [[Leaf; 1]; 3] {
    [[path], [constant], [expression]]
}

const PATH: Leaf = Leaf::new(LeafKind::Path, "path", "Field of the record", "");
const CONSTANT: Leaf = Leaf::new(LeafKind::Text, "constant", "The value", "");
const EXPRESSION: Leaf = Leaf::new(
    LeafKind::Expression,
    "expression",
    "Expression",
    "Uses the record\u{2019}s fields, such as company or parent.invoice.company; a filter changes a value: name | split | first",
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
            label: "Always the same",
            leaves: constant,
        },
        Branch {
            name: "expression",
            label: "Computed",
            leaves: expression,
        },
    ]
}

/// Groups may come from several places, which then say all of it themselves.
const SEVERAL: [Leaf; 1] = [Leaf::new(
    LeafKind::Places,
    PLACES,
    "Fields of the record",
    "One a line. Where one text has several groups, add what separates them: tracks | ,",
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
        "Says who the person is.",
        MANDATORY,
        OF_IDENTITY,
    ),
    mapped("mapping.first_name", "First name", "", MANDATORY, SHARED),
    mapped("mapping.last_name", "Last name", "", MANDATORY, SHARED),
    mapped(
        "mapping.source_id",
        "Source ID",
        "The record\u{2019}s own number or code, to find it again there.",
        OPTIONAL,
        OF_IDENTITY,
    ),
    mapped(
        "mapping.groups",
        "Groups",
        "A list in the record, or a text.",
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
