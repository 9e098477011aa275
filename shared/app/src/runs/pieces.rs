//! Splits blocks of a feed into small pieces: where each record needs a request, a reading must be
//! able to end after a few records.

use crate::ports::{FeedBlock, SourcePosition};

/// The number of elements in a piece.
const PIECE: usize = 8;

/// The block that is being split, and the position where it began.
#[derive(Default)]
pub(crate) struct Pieces {
    /// The position of the reading before the block; `None` at its beginning.
    before: Option<SourcePosition>,
    /// The number of elements returned since that position, and in the last piece.
    given: usize,
    last: usize,
    /// The number of elements that an earlier reading evaluated already and that are still to be
    /// skipped.
    skip: usize,
    left: Option<FeedBlock>,
    /// Whether the last piece was not evaluated.
    put_back: bool,
}

impl Pieces {
    /// Returns the pieces of a reading that continues `taken` elements after a position.
    pub(crate) fn after(before: Option<SourcePosition>, taken: usize) -> Self {
        Self {
            before,
            skip: taken,
            ..Self::default()
        }
    }

    /// Notes the position of the reading before the next block.
    pub(crate) fn begin(&mut self, place: Option<SourcePosition>) {
        if self.skip == 0 {
            self.before = place;
            self.given = 0;
        }
    }

    /// Sets the block to split.
    pub(crate) fn put(&mut self, mut block: FeedBlock) {
        let skipped = self.skip.min(block.units.len());
        block.units.drain(..skipped);
        self.skip -= skipped;
        self.given += skipped;
        self.left = Some(block);
    }

    /// Returns the next piece of the block; `None` after the last.
    pub(crate) fn next(&mut self) -> Option<FeedBlock> {
        let left = self.left.as_mut()?;
        let count = left.units.len().min(PIECE);
        if count == 0 {
            self.left = None;
            return None;
        }
        let mut piece = FeedBlock::default();
        for range in left.units.drain(..count) {
            let bytes = range.and_then(|range| left.bytes.get(range));
            piece.units.push(bytes.map(|bytes| {
                let start = piece.bytes.len();
                piece.bytes.extend_from_slice(bytes);
                start..piece.bytes.len()
            }));
        }
        (self.given, self.last) = (self.given + count, count);
        Some(piece)
    }

    /// Notes that the last piece was not evaluated: a reading that continues begins with it.
    pub(crate) fn put_back(&mut self) {
        self.put_back = true;
        self.given -= self.last;
    }

    /// Returns the position at which to continue, and the number of elements to skip after it,
    /// where the reading is within a block.
    pub(crate) fn place(&self) -> Option<(Option<SourcePosition>, usize)> {
        let is_within = self.put_back
            || self.skip > 0
            || self
                .left
                .as_ref()
                .is_some_and(|left| !left.units.is_empty());
        is_within.then(|| (self.before.clone(), self.given + self.skip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(count: usize) -> FeedBlock {
        let mut block = FeedBlock::default();
        for number in 0..count {
            let start = block.bytes.len();
            block.bytes.extend(number.to_string().bytes());
            block.units.push(Some(start..block.bytes.len()));
        }
        block
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a place is asked for as it may be lacking"
    )]
    fn place(text: &str) -> Option<SourcePosition> {
        Some(SourcePosition(text.to_owned()))
    }

    #[test]
    fn a_block_is_given_out_in_pieces_and_gone_on_with_within() {
        let mut pieces = Pieces::default();
        pieces.begin(None);
        pieces.put(block(20));
        let sizes: Vec<usize> =
            std::iter::from_fn(|| pieces.next().map(|piece| piece.units.len())).collect();
        assert_eq!(sizes, [8, 8, 4]);
        assert_eq!(pieces.place(), None, "after the block, its reader knows");

        pieces.begin(place("a"));
        pieces.put(block(20));
        pieces.next().unwrap();
        assert_eq!(pieces.place(), Some((place("a"), 8)));
        pieces.next().unwrap();
        pieces.put_back();
        assert_eq!(pieces.place(), Some((place("a"), 8)));

        let mut pieces = Pieces::after(place("a"), 18);
        pieces.begin(place("a"));
        pieces.put(block(10));
        assert!(pieces.next().is_none(), "all of it was taken before");
        assert_eq!(pieces.place(), Some((place("a"), 18)));
        pieces.begin(place("b"));
        pieces.put(block(10));
        let piece = pieces.next().unwrap();
        assert_eq!((piece.bytes, piece.units.len()), (b"89".to_vec(), 2));
        pieces.put_back();
        assert_eq!(pieces.place(), Some((place("a"), 18)));
    }
}
