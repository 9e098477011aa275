//! The part of the form about the event itself: its name and times, when it syncs, what holds a
//! sync, and who may enter.

use super::leaf::{Leaf, LeafKind, Options};
use super::part::SectionPart;
use crate::texts::{TextId, id};

const fn leaf(kind: LeafKind, key: &'static str, label: TextId, help: TextId) -> Leaf {
    Leaf::new(kind, key, label, help)
}

const NAME: SectionPart = SectionPart::Leaf(
    leaf(
        LeafKind::Text,
        "name",
        id("configurator-event-name"),
        id("configurator-event-the-name-that-people"),
    )
    .required(),
);

/// The fields that cannot be changed once the event is stored.
pub(super) const NEW: &[SectionPart] = &[
    NAME,
    SectionPart::Leaf(
        leaf(
            LeafKind::Word,
            "community",
            id("configurator-event-community-id"),
            id("configurator-event-the-community-whose-users"),
        )
        .required(),
    ),
    TIME_ZONE,
    SectionPart::Leaf(leaf(
        LeafKind::Word,
        "event",
        id("configurator-event-event-id"),
        id("configurator-event-leave-it-empty-to"),
    )),
    TIMES,
];

pub(super) const BASICS: &[SectionPart] = &[NAME, TIME_ZONE, TIMES];

const TIME_ZONE: SectionPart = SectionPart::Leaf(
    leaf(
        LeafKind::Word,
        "time_zone",
        id("configurator-event-time-zone"),
        id("configurator-event-all-times-of-the"),
    )
    .or("UTC"),
);

const TIMES: SectionPart = SectionPart::More(
    id("configurator-event-when-it-goes-live"),
    &[
        SectionPart::Leaf(leaf(
            LeafKind::Moment,
            "goes_live",
            id("configurator-event-the-app-opens-for"),
            TextId::NONE,
        )),
        SectionPart::Leaf(leaf(
            LeafKind::Moment,
            "starts",
            id("configurator-event-the-event-starts"),
            TextId::NONE,
        )),
        SectionPart::Leaf(leaf(
            LeafKind::Moment,
            "ends",
            id("configurator-event-the-event-ends"),
            TextId::NONE,
        )),
        SectionPart::Leaf(leaf(
            LeafKind::Moment,
            "purge_after",
            id("configurator-event-delete-what-is-stored"),
            id("configurator-event-from-then-on-nothing"),
        )),
    ],
);

const AUTO_SYNC: Options = &[
    ("off", id("configurator-event-off-only-on-request")),
    ("hourly", id("configurator-event-every-hour")),
    ("daily", id("configurator-event-once-a-day")),
    ("phases", id("configurator-event-daily-from-going-live")),
];

pub(super) const SCHEDULE: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Choice(AUTO_SYNC),
            "schedule.auto_sync",
            id("configurator-event-automatic-sync"),
            id("configurator-event-during-the-event-means"),
        )
        .or("off"),
    ),
    SectionPart::Leaf(leaf(
        LeafKind::Clock,
        "schedule.daily_at",
        id("configurator-event-time-of-the-daily"),
        id("configurator-event-in-the-time-zone"),
    )),
    SectionPart::Leaf(leaf(
        LeafKind::Moment,
        "schedule.final_sync",
        id("configurator-event-final-sync"),
        id("configurator-event-no-automatic-sync-runs"),
    )),
];

pub(super) const GUARDS: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.removals_percent",
            id("configurator-event-ask-me-before-removing"),
            id("configurator-event-applies-only-if-this"),
        )
        .or("20"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(u32::MAX as u64),
            "guards.removals_count",
            id("configurator-event-and-more-than-this"),
            TextId::NONE,
        )
        .or("10"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.blanked_percent",
            id("configurator-event-ask-me-before-emptying"),
            id("configurator-event-of-the-attendees-who"),
        )
        .or("50"),
    ),
    SectionPart::Leaf(
        leaf(
            LeafKind::Whole(100),
            "guards.rejected_percent",
            id("configurator-event-pause-removals-if-more"),
            id("configurator-event-of-the-records-that"),
        )
        .or("40"),
    ),
    SectionPart::Leaf(leaf(
        LeafKind::Whole(10_000),
        "guards.additions_percent",
        id("configurator-event-ask-me-before-adding"),
        id("configurator-event-protects-you-if-the"),
    )),
];

const ENTRANCE: Options = &[
    ("true", id("configurator-event-only-synced-attendees")),
    ("false", id("configurator-event-everybody-in-the-community")),
];

pub(super) const ACCESS: &[SectionPart] = &[
    SectionPart::Leaf(
        leaf(
            LeafKind::Flag(ENTRANCE),
            "access.attendees_only",
            id("configurator-event-who-may-enter-the"),
            id("configurator-event-the-event-app-checks"),
        )
        .or("true"),
    ),
    SectionPart::List(super::access_pages::PAGES),
];
