//! The event itself: its name and times, when it syncs, what holds a sync, and who may enter.

use super::leaf::{Leaf, LeafKind, Options};
use super::part::SectionPart;

const fn leaf(kind: LeafKind, key: &'static str, label: &'static str, help: &'static str) -> Leaf {
    Leaf::new(kind, key, label, help)
}

const NAME: SectionPart = SectionPart::Leaf(
    leaf(
        LeafKind::Text,
        "name",
        "Name",
        "As people read it, such as DevCon 2026",
    )
    .required(),
);

/// The fields that a stored event keeps.
pub(super) const NEW: &[SectionPart] = &[
    NAME,
    SectionPart::Leaf(leaf(LeafKind::Word, "community", "Community ID", "Whose users the attendees become. Lower-case letters, digits and hyphens; a new one is made with the event.").required()),
    TIME_ZONE,
    SectionPart::Leaf(leaf(LeafKind::Word, "event", "Event ID", "Leave it empty to have it made of the name. It stays as it is.")),
    TIMES,
];

pub(super) const BASICS: &[SectionPart] = &[NAME, TIME_ZONE, TIMES];

const TIME_ZONE: SectionPart = SectionPart::Leaf(
    leaf(
        LeafKind::Word,
        "time_zone",
        "Time zone",
        "All times here are local to it. Type a city, such as Amsterdam.",
    )
    .or("UTC"),
);

const TIMES: SectionPart = SectionPart::More(
    "When it goes live, starts and ends",
    &[
        SectionPart::Leaf(leaf(
            LeafKind::Moment,
            "goes_live",
            "The app opens for attendees",
            "",
        )),
        SectionPart::Leaf(leaf(LeafKind::Moment, "starts", "The event starts", "")),
        SectionPart::Leaf(leaf(LeafKind::Moment, "ends", "The event ends", "")),
    ],
);

const AUTO_SYNC: Options = &[
    ("off", "Only when somebody asks for it"),
    ("hourly", "Every hour"),
    ("daily", "Once a day"),
    (
        "phases",
        "Once a day from going live, every hour during the event",
    ),
];

pub(super) const SCHEDULE: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Choice(AUTO_SYNC),
            "schedule.auto_sync",
            "It syncs by itself",
            "During the event means from its start to its end; one day after it comes a last sync.",
        )
        .or("off"),
    ),
    SectionPart::Leaf(leaf(
        LeafKind::Clock,
        "schedule.daily_at",
        "Time of the daily sync",
        "Local time of the event; it begins within a few minutes",
    )),
    SectionPart::Leaf(leaf(
        LeafKind::Moment,
        "schedule.final_sync",
        "The last sync",
        "None comes after it. Leave it empty to go on.",
    )),
];

pub(super) const GUARDS: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.removals_percent",
            "Removals wait from, in percent of the attendees",
            "Both this and the next have to be exceeded.",
        )
        .or("20"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(u32::MAX as u64),
            "guards.removals_count",
            "… and from this many people",
            "",
        )
        .or("10"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.blanked_percent",
            "A field that goes blank waits from, in percent",
            "Of the attendees who have a value in it.",
        )
        .or("50"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.rejected_percent",
            "Every loss waits where so many records are rejected, in percent",
            "Of the records read.",
        )
        .or("40"),
    ),
    SectionPart::Leaf(leaf(
        LeafKind::Whole(10_000),
        "guards.additions_percent",
        "Additions wait from, in percent of the attendees",
        "For the list of another event, read by mistake. Leave it empty for no limit.",
    )),
];

const ENTRANCE: Options = &[
    ("true", "Only synced attendees"),
    ("false", "Everybody in the community"),
];

pub(super) const ACCESS: &[SectionPart] = &[SectionPart::Leaf(
    leaf(
        LeafKind::Flag(ENTRANCE),
        "access.attendees_only",
        "Who may enter the event",
        "What the app asks at sign-in.",
    )
    .or("true"),
)];
