//! What a request of the gateway and all that follows from it have in common: an id, which orders carry to the function
//! that executes them, and which stands in every log.

tokio::task_local! {
    static CORRELATION: String;
}

/// The attribute of a message that carries it.
pub const ATTRIBUTE: &str = "correlation";
/// Most characters of one; what is longer was not made by us.
const LONGEST: usize = 64;

/// Does something of which everything has this id.
pub async fn correlated<F: Future>(id: String, work: F) -> F::Output {
    CORRELATION.scope(id, work).await
}

/// The id of what is under way, if it has one.
pub(super) fn current() -> Option<String> {
    CORRELATION.try_with(Clone::clone).ok()
}

/// Whether a text can be an id: letters, digits and the signs that ids of requests have, so that it may stand in a log
/// and in a header.
#[must_use]
pub fn is_correlation(text: &str) -> bool {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '+' | '/' | '.');
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_plain)
}
