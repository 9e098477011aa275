//! Slows down guessing: after so many wrong tokens in a minute from one address, further ones are
//! not checked until the minute is over.
//!
//! The counts have a fixed size and no entries. An address has one cell in each of two rows, and
//! its count is the smaller of the two (a count-min sketch: Cormode and Muthukrishnan, 2005). So no
//! count is evicted when many addresses fail, and nobody can evict their own count by using other
//! addresses: a count never falls before its minute is over, and is never lower than the address's
//! failures. Many addresses have the opposite effect: addresses that share both cells with others
//! are counted too high. Which ones do depends on a secret key that is drawn at the start. To lock
//! out one address in a hundred, an attacker has to bring 1,600 networks to the limit in each
//! minute.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_mins(1);

/// Cells of a row. A cell has 8 bytes, so that a throttle takes 256 KiB.
const CELLS: usize = 16_384;
const ROWS: usize = 2;

/// The result of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignInAttempt<T> {
    /// The token was right.
    Passed(T),
    /// The token was wrong.
    Failed,
    /// There were too many wrong tokens; the caller may try again after this many seconds.
    Throttled(u64),
    /// The token cannot be checked at present.
    Unavailable,
}

impl<T> SignInAttempt<T> {
    pub(super) fn map<U>(self, passed: impl FnOnce(T) -> U) -> SignInAttempt<U> {
        match self {
            Self::Passed(value) => SignInAttempt::Passed(passed(value)),
            Self::Failed => SignInAttempt::Failed,
            Self::Throttled(seconds) => SignInAttempt::Throttled(seconds),
            Self::Unavailable => SignInAttempt::Unavailable,
        }
    }
}

/// Counts failures by address; where the server does not know the address, all count together.
///
/// Of an IPv6 address only the first 64 bits count: they are a network, and the owner of one of its
/// addresses usually has all of them (RFC 6177). An IPv6 address that represents an IPv4 address
/// counts as that.
pub(super) struct Throttle {
    limit: u32,
    start: Instant,
    key: RandomState,
    cells: Mutex<Box<[Cell]>>,
}

/// Failures of some addresses within one minute.
#[derive(Clone, Copy, Default)]
struct Cell {
    /// The minute of the failures, counted from the start. Failures of an earlier minute count no
    /// more.
    minute: u32,
    failures: u32,
}

impl Throttle {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit,
            start: Instant::now(),
            key: RandomState::new(),
            cells: Mutex::new(vec![Cell::default(); ROWS * CELLS].into()),
        }
    }

    pub(super) fn attempt<T>(
        &self,
        peer: Option<IpAddr>,
        now: Instant,
        check: impl FnOnce() -> Option<T>,
    ) -> SignInAttempt<T> {
        // The lock makes attempts sequential, so that no two of them see the same count.
        let mut cells = self.lock();
        if let Some(seconds) = self.seconds_left(&cells, peer, now) {
            return SignInAttempt::Throttled(seconds);
        }
        if let Some(passed) = check() {
            return SignInAttempt::Passed(passed);
        }
        self.count(&mut cells, peer, now);
        SignInAttempt::Failed
    }

    /// Returns after how many seconds attempts of this address are checked again, or `None` where
    /// they are checked now. It is for checks that take time; [`failed`](Self::failed) follows
    /// them.
    pub(super) fn wait(&self, peer: Option<IpAddr>, now: Instant) -> Option<u64> {
        self.seconds_left(&self.lock(), peer, now)
    }

    /// Counts a wrong attempt.
    pub(super) fn failed(&self, peer: Option<IpAddr>, now: Instant) {
        self.count(&mut self.lock(), peer, now);
    }

    fn seconds_left(&self, cells: &[Cell], peer: Option<IpAddr>, now: Instant) -> Option<u64> {
        let minute = self.minute(now);
        let failures = self.places(peer).map(|place| {
            let cell = cells.get(place).filter(|cell| cell.minute == minute);
            cell.map_or(0, |cell| cell.failures)
        });
        let is_over = failures.into_iter().min().unwrap_or(0) >= self.limit;
        is_over.then(|| WINDOW.as_secs() - self.age(now).as_secs() % WINDOW.as_secs())
    }

    fn count(&self, cells: &mut [Cell], peer: Option<IpAddr>, now: Instant) {
        let minute = self.minute(now);
        for place in self.places(peer) {
            let Some(cell) = cells.get_mut(place) else {
                continue;
            };
            if cell.minute != minute {
                *cell = Cell {
                    minute,
                    failures: 0,
                };
            }
            cell.failures = cell.failures.saturating_add(1);
        }
    }

    /// Returns the cells in which an address is counted: one in each row.
    fn places(&self, peer: Option<IpAddr>) -> [usize; ROWS] {
        let hash = self.key.hash_one(peer.map(network));
        let cell = |bits: u64| usize::try_from(bits % CELLS as u64).unwrap_or(0);
        [cell(hash & 0xffff_ffff), CELLS + cell(hash >> 32)]
    }

    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// Returns the current minute, counted from 1: 0 marks cells in which nobody was counted.
    fn minute(&self, now: Instant) -> u32 {
        let minutes = self.age(now).as_secs() / WINDOW.as_secs();
        u32::try_from(minutes + 1).unwrap_or(u32::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Box<[Cell]>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the network or address under which an address is counted.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u32 = 10;

    fn address(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    /// Brings an address to the limit.
    fn exhaust(throttle: &Throttle, peer: Option<IpAddr>, now: Instant) {
        for _ in 0..LIMIT {
            throttle.failed(peer, now);
        }
    }

    #[test]
    fn wrong_tokens_of_one_address_are_looked_at_so_often_a_minute() {
        let throttle = Throttle::new(2);
        let now = Instant::now();
        let one = address("192.0.2.1");
        let other = address("192.0.2.2");
        for _ in 0..2 {
            assert_eq!(
                throttle.attempt(one, now, || None::<()>),
                SignInAttempt::Failed
            );
        }
        let next = throttle.attempt(one, now, || Some(()));
        assert!(matches!(next, SignInAttempt::Throttled(1..=60)), "{next:?}");
        assert_eq!(
            throttle.attempt(other, now, || Some(())),
            SignInAttempt::Passed(())
        );
        assert_eq!(
            throttle.attempt(one, now + WINDOW, || Some(())),
            SignInAttempt::Passed(())
        );
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let throttle = Throttle::new(LIMIT);
        let now = Instant::now();
        for last in 0..LIMIT {
            throttle.failed(address(&format!("2001:db8:0:1::{last:x}")), now);
        }
        assert!(
            throttle
                .wait(address("2001:db8:0:1:ffff::1"), now)
                .is_some()
        );
        assert!(throttle.wait(address("2001:db8:0:2::1"), now).is_none());
        exhaust(&throttle, address("::ffff:192.0.2.1"), now);
        assert!(throttle.wait(address("192.0.2.1"), now).is_some());
        assert!(throttle.wait(address("::ffff:192.0.2.2"), now).is_none());
    }

    #[test]
    fn no_flood_of_addresses_lets_anybody_guess_again_or_grows() {
        let throttle = Throttle::new(LIMIT);
        let now = Instant::now();
        let guesser = address("192.0.2.1");
        exhaust(&throttle, guesser, now);
        let size = throttle.lock().len();
        for network in 0..200_000_u32 {
            let (high, low) = (network >> 16, network & 0xffff);
            throttle.failed(address(&format!("2001:db8:{high:x}:{low:x}::1")), now);
        }
        assert!(throttle.wait(guesser, now).is_some());
        assert_eq!(throttle.lock().len(), size);
    }

    #[test]
    fn a_thousand_networks_at_the_limit_shut_out_hardly_anybody_else() {
        let throttle = Throttle::new(LIMIT);
        let now = Instant::now();
        for network in 0..1_000 {
            exhaust(
                &throttle,
                address(&format!("2001:db8:0:{network:x}::1")),
                now,
            );
        }
        let shut_out = (0..=u16::MAX).filter(|number| {
            let [high, low] = number.to_be_bytes();
            let other = Some(IpAddr::from([198, 51, high, low]));
            throttle.wait(other, now).is_some()
        });
        // Some 0.4 % are to be expected: (1,000 / 16,384) squared.
        let shut_out = shut_out.count();
        assert!(shut_out < 65_536 / 100, "{shut_out}");
    }
}
