//! [`Clock`]: time and chance, from the system or from a test.

use crate::mode::Mode;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::{Duration, Instant},
};

#[derive(Clone, Debug)]
pub(crate) enum Clock {
    System,
    /// Time passes only where it is slept, or set.
    #[cfg(test)]
    Set(std::sync::Arc<std::sync::Mutex<Set>>),
}

/// The time of a test, and what was slept in it.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) now: Instant,
    pub(crate) slept: Vec<Duration>,
    pub(crate) chance: f64,
}

impl Clock {
    pub(crate) fn now(&self) -> Instant {
        match self {
            Clock::System => Instant::now(),
            #[cfg(test)]
            Clock::Set(set) => set.lock().unwrap().now,
        }
    }

    /// A number of no meaning, from 0 up to 1.
    pub(crate) fn chance(&self) -> f64 {
        match self {
            // Every state hashes differently, which is as much chance as it takes here.
            Clock::System => {
                RandomState::new().build_hasher().finish() as f64 / (u64::MAX as f64 + 1.0)
            }
            #[cfg(test)]
            Clock::Set(set) => set.lock().unwrap().chance,
        }
    }

    pub(crate) async fn sleep<X: Mode>(&self, time: Duration) {
        match self {
            // A timer asks for a runtime that has one.
            Clock::System if time.is_zero() => {}
            Clock::System => X::sleep(time).await,
            #[cfg(test)]
            Clock::Set(set) => {
                let mut set = set.lock().unwrap();
                set.now += time;
                set.slept.push(time);
            }
        }
    }
}

#[cfg(test)]
impl Clock {
    pub(crate) fn set(chance: f64) -> Self {
        let set = Set { now: Instant::now(), slept: Vec::new(), chance };
        Clock::Set(std::sync::Arc::new(std::sync::Mutex::new(set)))
    }

    pub(crate) fn pass(&self, time: Duration) {
        if let Clock::Set(set) = self {
            set.lock().unwrap().now += time;
        }
    }

    /// What was slept since the last look.
    pub(crate) fn slept(&self) -> Vec<Duration> {
        match self {
            Clock::System => Vec::new(),
            Clock::Set(set) => std::mem::take(&mut set.lock().unwrap().slept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_spread() {
        let found: Vec<_> = (0..64).map(|_| Clock::System.chance()).collect();
        assert!(found.iter().all(|chance| (0.0..1.0).contains(chance)), "{found:?}");
        let low = found.iter().filter(|chance| **chance < 0.5).count();
        assert!((1..64).contains(&low), "{found:?}");
    }
}
