//! What a stage cannot do, of what AWS does.

/// Stage, case, and what is missing.
const GAPS: [(&str, &str, &str); 2] = [
    (
        "ministack",
        "messages_return_to_their_queue",
        "MiniStack 1.5.33 has no StartMessageMoveTask",
    ),
    (
        "moto",
        "messages_return_to_their_queue",
        "moto 5.2.5 has no StartMessageMoveTask",
    ),
];

pub(crate) fn reason(stage: &str, case: &str) -> Option<&'static str> {
    let mut gaps = GAPS.iter();
    gaps.find(|gap| gap.0 == stage && gap.1 == case)
        .map(|gap| gap.2)
}
