//! Groups messages into requests that SQS accepts.

use super::wire::MAX_BYTES;

/// The maximum number of messages in a request (Amazon SQS API Reference, `SendMessageBatch`).
pub(super) const MAX_ENTRIES: usize = 10;

/// The messages, in order, as requests within both limits. Each message is within them by itself.
pub(super) fn requests(messages: Vec<String>) -> Vec<Vec<String>> {
    let mut requests: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for message in messages {
        let length = message.len();
        match requests.last_mut() {
            Some(last) if last.len() < MAX_ENTRIES && bytes + length <= MAX_BYTES => {
                bytes += length;
                last.push(message);
            }
            _ => {
                bytes = length;
                requests.push(vec![message]);
            }
        }
    }
    requests
}
