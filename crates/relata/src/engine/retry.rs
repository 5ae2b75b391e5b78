//! [`Retry`]: how often a unit of work is run again, and how long is waited before.

use std::time::Duration;

/// How a unit of work is run again that failed for what others did at the same time.
///
/// Unless set it is tried 5 times in all, for not more than 30 seconds. The wait before the second
/// attempt is 10 ms, twice as long before each later one, up to a second; of each, a random part of
/// up to a half is left out, so that units that met do not meet again.
///
/// ```
/// use relata::Retry;
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let retry = Retry::new().attempts(8).wait(ms(5), ms(200)).within(ms(2_000));
/// assert_eq!(Retry::never(), Retry::new().attempts(1));
/// # let _ = retry;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
    within: Duration,
}

impl Retry {
    /// The settings described above.
    #[must_use]
    pub const fn new() -> Self {
        Retry {
            attempts: 5,
            first: Duration::from_millis(10),
            longest: Duration::from_secs(1),
            within: Duration::from_secs(30),
        }
    }

    /// A unit is run once.
    #[must_use]
    pub const fn never() -> Self {
        Retry::new().attempts(1)
    }

    /// How often a unit is run at most, the first time included.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// How long is waited before the second attempt, and before any of them at most. In async
    /// programs the waiting needs a tokio runtime with its timer enabled; for no time it needs
    /// nothing.
    #[must_use]
    pub const fn wait(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// After how long no other attempt begins. One that has begun goes on to its end.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.within = limit;
        self
    }

    /// Whether a unit that failed may be run again.
    pub(crate) fn may_repeat(&self) -> bool {
        self.next(1, Duration::ZERO, 1.0).is_some()
    }

    /// How long to wait after so many attempts, begun so long ago; `None` to give up.
    pub(crate) fn next(&self, done: u32, spent: Duration, chance: f64) -> Option<Duration> {
        if done >= self.attempts {
            return None;
        }
        let doubled = 2_u32.checked_pow(done.saturating_sub(1)).unwrap_or(u32::MAX);
        let full = self.first.saturating_mul(doubled).min(self.longest);
        let wait = full - (full / 2).mul_f64(chance.clamp(0.0, 1.0));
        (spent.checked_add(wait)? <= self.within).then_some(wait)
    }
}

impl Default for Retry {
    fn default() -> Self {
        Retry::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn waits(retry: Retry, chance: f64) -> Vec<Duration> {
        let mut spent = Duration::ZERO;
        let mut waits = Vec::new();
        while let Some(wait) = retry.next(waits.len() as u32 + 1, spent, chance) {
            spent += wait;
            waits.push(wait);
        }
        waits
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        assert_eq!(waits(Retry::new(), 0.0), [10, 20, 40, 80].map(MS));
        let short = Retry::new().attempts(6).wait(MS(10), MS(50));
        assert_eq!(waits(short, 0.0), [10, 20, 40, 50, 50].map(MS));
        assert!(waits(Retry::never(), 0.0).is_empty());
        assert!(waits(Retry::new().attempts(0), 0.0).is_empty());
    }

    #[test]
    fn chance_takes_up_to_a_half() {
        assert_eq!(waits(Retry::new(), 1.0), [5, 10, 20, 40].map(MS));
        assert_eq!(
            waits(Retry::new(), 0.5),
            [7.5, 15.0, 30.0, 60.0].map(|ms| MS(10).mul_f64(ms / 10.0))
        );
    }

    #[test]
    fn no_attempt_begins_after_the_limit() {
        let retry = Retry::new().attempts(u32::MAX).within(MS(100));
        assert_eq!(waits(retry, 0.0), [10, 20, 40].map(MS));
        assert_eq!(retry.next(1, MS(90), 0.0), Some(MS(10)));
        assert_eq!(retry.next(1, MS(91), 0.0), None);
    }

    #[test]
    fn numbers_beyond_all_measure() {
        let most = Duration::MAX;
        let retry = Retry::new().attempts(u32::MAX).wait(most, most).within(most);
        assert_eq!(retry.next(1, Duration::ZERO, 0.0), Some(most));
        assert_eq!(retry.next(u32::MAX - 1, MS(1), 0.0), None);
        assert!(retry.next(1, Duration::ZERO, 1.0).is_some_and(|wait| wait <= most));
    }
}
