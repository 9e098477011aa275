//! A body as the source reader reads it, whole and cut into chunks.

use attendee_sync_adapters::source::fuzzing;
use attendee_sync_app::ports::FeedBlock;
use attendee_sync_domain::config::FeedFormat;
use attendee_sync_domain::feed::RecordsPath;
use serde_json::Value;

/// Sizes of chunks that every body is read in, beside being read whole.
const SIZES: [usize; 4] = [1, 2, 7, 61];

/// What was read of a body: records (`None`: too long), then what surrounds them or why not.
#[derive(Debug, PartialEq)]
pub(crate) struct BodyReading {
    pub(crate) records: Vec<Option<Vec<u8>>>,
    pub(crate) end: Result<Value, String>,
}

/// Reads a body. It must come out the same wherever its chunks end.
pub(crate) fn read(format: FeedFormat, path: &RecordsPath, body: &[u8]) -> BodyReading {
    let reading = |chunks: &[&[u8]]| {
        let (block, end) = fuzzing::split(format, path, chunks.iter().copied());
        BodyReading {
            records: records(&block),
            end: end.map_err(|error| error.message),
        }
    };
    let whole = reading(&[body]);
    for chunks in cuts(body) {
        assert_eq!(whole, reading(&chunks), "another reading in chunks");
    }
    whole
}

fn records(block: &FeedBlock) -> Vec<Option<Vec<u8>>> {
    let units = block.units.iter().cloned();
    units
        .map(|unit| unit.map(|range| block.bytes[range].to_vec()))
        .collect()
}

/// Some ways to cut a body into chunks; one is in two at a place that depends on the body, with
/// chunks that have nothing in them: a decoder makes such.
pub(crate) fn cuts(body: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut cuts: Vec<Vec<&[u8]>> = SIZES
        .iter()
        .map(|size| body.chunks(*size).collect())
        .collect();
    let hash = body.iter().fold(0_usize, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    let (start, end) = body.split_at(hash % (body.len() + 1));
    cuts.push(vec![start, b"", end, b""]);
    cuts
}
