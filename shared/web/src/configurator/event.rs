//! The part of the form about the event itself: its name and times, when it syncs, what holds a
//! sync, and who may enter.

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
        "The name that people see, such as DevCon 2026",
    )
    .required(),
);

/// The fields that cannot be changed once the event is stored.
pub(super) const NEW: &[SectionPart] = &[
    NAME,
    SectionPart::Leaf(leaf(LeafKind::Word, "community", "Community ID", "The community whose users the attendees become. Lower-case letters, digits and hyphens; a new community is created with the event.").required()),
    TIME_ZONE,
    SectionPart::Leaf(leaf(LeafKind::Word, "event", "Event ID", "Leave it empty to make it from the name. It cannot be changed later.")),
    TIMES,
];

pub(super) const BASICS: &[SectionPart] = &[NAME, TIME_ZONE, TIMES];

const TIME_ZONE: SectionPart = SectionPart::Leaf(
    leaf(
        LeafKind::Word,
        "time_zone",
        "Time zone",
        "All times of the event are in this time zone. Type a city, such as Amsterdam.",
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
        SectionPart::Leaf(leaf(
            LeafKind::Moment,
            "purge_after",
            "Delete what is stored about its people",
            "From then on, nothing is stored about the attendees of this event but counts, and it does not sync any more. Users stay in the community. Leave it empty to keep everything.",
        )),
    ],
);

const AUTO_SYNC: Options = &[
    ("off", "Off: only on request"),
    ("hourly", "Every hour"),
    ("daily", "Once a day"),
    ("phases", "Daily from going live, hourly during the event"),
];

pub(super) const SCHEDULE: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Choice(AUTO_SYNC),
            "schedule.auto_sync",
            "Automatic sync",
            "During the event means from its start to its end. One day after the end there is a final sync.",
        )
        .or("off"),
    ),
    SectionPart::Leaf(leaf(
        LeafKind::Clock,
        "schedule.daily_at",
        "Time of the daily sync",
        "In the time zone of the event. The sync starts within a few minutes of this time.",
    )),
    SectionPart::Leaf(leaf(
        LeafKind::Moment,
        "schedule.final_sync",
        "Final sync",
        "No automatic sync runs after it. Leave it empty for none.",
    )),
];

pub(super) const GUARDS: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.removals_percent",
            "Ask me before removing more than … % of the attendees",
            "Applies only if this limit and the next one are both exceeded.",
        )
        .or("20"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(u32::MAX as u64),
            "guards.removals_count",
            "… and more than this many people",
            "",
        )
        .or("10"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.blanked_percent",
            "Ask me before emptying a field for more than … %",
            "Of the attendees who have a value in it.",
        )
        .or("50"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.rejected_percent",
            "Pause removals if more than … % of records are rejected",
            "Of the records that were read.",
        )
        .or("40"),
    ),
    SectionPart::Leaf(leaf(
        LeafKind::Whole(10_000),
        "guards.additions_percent",
        "Ask me before adding more than … % of the attendees",
        "Protects you if the list of another event is read by mistake. Leave it empty for no limit.",
    )),
];

const ENTRANCE: Options = &[
    ("true", "Only synced attendees"),
    ("false", "Everybody in the community"),
];

pub(super) const ACCESS: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Flag(ENTRANCE),
            "access.attendees_only",
            "Who may enter the event",
            "The event app checks this at sign-in.",
        )
        .or("true"),
    ),
    SectionPart::List(super::access_pages::PAGES),
];
