//! The event itself: its name and times, when it syncs, what holds a sync, and who may enter.

use super::leaf::{Kind, Leaf, Options};
use super::part::Part;

const fn leaf(kind: Kind, key: &'static str, label: &'static str, help: &'static str) -> Leaf {
    Leaf::new(kind, key, label, help)
}

const NAME: Part = Part::Leaf(
    leaf(
        Kind::Text,
        "name",
        "Name",
        "As people read it, such as DevCon 2026",
    )
    .required(),
);

/// The fields that a stored event keeps.
pub(super) const NEW: &[Part] = &[
    NAME,
    Part::Leaf(leaf(Kind::Word, "community", "Community ID", "Whose users the attendees become. Lower-case letters, digits and hyphens; a new one is made with the event.").required()),
    TIME_ZONE,
    Part::Leaf(leaf(Kind::Word, "event", "Event ID", "Leave it empty to have it made of the name. It stays as it is.")),
    TIMES,
];

pub(super) const BASICS: &[Part] = &[NAME, TIME_ZONE, TIMES];

const TIME_ZONE: Part = Part::Leaf(
    leaf(
        Kind::Word,
        "time_zone",
        "Time zone",
        "All times here are local to it. Type a city, such as Amsterdam.",
    )
    .or("UTC"),
);

const TIMES: Part = Part::More(
    "When it goes live, starts and ends",
    &[
        Part::Leaf(leaf(
            Kind::Moment,
            "goes_live",
            "The app opens for attendees",
            "",
        )),
        Part::Leaf(leaf(Kind::Moment, "starts", "The event starts", "")),
        Part::Leaf(leaf(Kind::Moment, "ends", "The event ends", "")),
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

pub(super) const SCHEDULE: &[Part] = &[
    Part::Leaf(
        leaf(
            Kind::Choice(AUTO_SYNC),
            "schedule.auto_sync",
            "It syncs by itself",
            "During the event means from its start to its end; one day after it comes a last sync.",
        )
        .or("off"),
    ),
    Part::Leaf(leaf(
        Kind::Clock,
        "schedule.daily_at",
        "Time of the daily sync",
        "Local time of the event; it begins within a few minutes",
    )),
    Part::Leaf(leaf(
        Kind::Moment,
        "schedule.final_sync",
        "The last sync",
        "None comes after it. Leave it empty to go on.",
    )),
];

pub(super) const GUARDS: &[Part] = &[
    Part::Leaf(
        leaf(
            Kind::Whole(100),
            "guards.removals_percent",
            "Removals wait from, in percent of the attendees",
            "Both this and the next have to be exceeded.",
        )
        .or("20"),
    ),
    Part::Leaf(
        leaf(
            Kind::Whole(u32::MAX as u64),
            "guards.removals_count",
            "… and from this many people",
            "",
        )
        .or("10"),
    ),
    Part::Leaf(
        leaf(
            Kind::Whole(100),
            "guards.blanked_percent",
            "A field that goes blank waits from, in percent",
            "Of the attendees who have a value in it.",
        )
        .or("50"),
    ),
    Part::Leaf(
        leaf(
            Kind::Whole(100),
            "guards.rejected_percent",
            "Every loss waits where so many records are rejected, in percent",
            "Of the records read.",
        )
        .or("40"),
    ),
    Part::Leaf(leaf(
        Kind::Whole(10_000),
        "guards.additions_percent",
        "Additions wait from, in percent of the attendees",
        "For the list of another event, read by mistake. Leave it empty for no limit.",
    )),
];

const ENTRANCE: Options = &[
    ("true", "Only synced attendees"),
    ("false", "Everybody in the community"),
];

pub(super) const ACCESS: &[Part] = &[Part::Leaf(
    leaf(
        Kind::Flag(ENTRANCE),
        "access.attendees_only",
        "Who may enter the event",
        "What the app asks at sign-in.",
    )
    .or("true"),
)];
