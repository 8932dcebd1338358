//! Things that wait a moment: for somebody to have stopped typing, or so as not to come too often. The clock is passed in, in
//! milliseconds.

use std::collections::BTreeSet;

/// Something that is done once it has rested: the latest value counts, and each is taken once.
#[derive(Clone, Debug)]
pub struct Resting<T> {
    value: Option<T>,
    since: u64,
    taken: bool,
}

impl<T> Default for Resting<T> {
    fn default() -> Resting<T> {
        Resting { value: None, since: 0, taken: false }
    }
}

impl<T: PartialEq> Resting<T> {
    /// What waits or was taken last.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Follows a value: one that differs from the one before begins to rest at `now`. True when it differs.
    pub fn follow(&mut self, value: Option<T>, now: u64) -> bool {
        let differs = self.value != value;
        if differs {
            *self = Resting { value, since: now, taken: false };
        }
        differs
    }

    /// The value, the first time that it has rested for `rest` milliseconds.
    pub fn take(&mut self, now: u64, rest: u64) -> Option<&T> {
        if self.wake_in(now, rest) != Some(0) {
            return None;
        }
        self.taken = true;
        self.value.as_ref()
    }

    /// Milliseconds until there is something to take; `None`: nothing waits.
    pub fn wake_in(&self, now: u64, rest: u64) -> Option<u64> {
        let waits = self.value.is_some() && !self.taken;
        waits.then(|| (self.since + rest).saturating_sub(now))
    }
}

/// Things that come in bursts and are dealt with together: once none has come for a moment, or when the first one has waited long
/// enough.
#[derive(Clone, Debug)]
pub struct Gathering<T> {
    gathered: BTreeSet<T>,
    /// When the first and the last of them came.
    times: Option<(u64, u64)>,
}

impl<T> Default for Gathering<T> {
    fn default() -> Gathering<T> {
        Gathering { gathered: BTreeSet::new(), times: None }
    }
}

impl<T: Ord> Gathering<T> {
    /// Adds one.
    pub fn add(&mut self, thing: T, now: u64) {
        self.gathered.insert(thing);
        let first = self.times.map_or(now, |(first, _)| first);
        self.times = Some((first, now));
    }

    /// Milliseconds until they are dealt with, where a moment is `rest` and long enough is `longest`; `None`: there are none.
    pub fn wake_in(&self, now: u64, rest: u64, longest: u64) -> Option<u64> {
        let (first, last) = self.times?;
        Some((last + rest).min(first + longest).saturating_sub(now))
    }

    /// All of them, when it is time.
    pub fn take(&mut self, now: u64, rest: u64, longest: u64) -> Option<BTreeSet<T>> {
        if self.wake_in(now, rest, longest)? > 0 {
            return None;
        }
        self.times = None;
        Some(std::mem::take(&mut self.gathered))
    }
}

/// Something that is done at most once in a while.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paced {
    last: u64,
}

impl Paced {
    /// One that was done at this time last.
    pub fn at(last: u64) -> Paced {
        Paced { last }
    }

    /// Is it `each` milliseconds since the last time? Then this is the next one.
    pub fn is_due(&mut self, now: u64, each: u64) -> bool {
        let due = self.wake_in(now, each) == 0;
        if due {
            self.last = now;
        }
        due
    }

    /// Milliseconds until it is due.
    pub fn wake_in(&self, now: u64, each: u64) -> u64 {
        (self.last + each).saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_is_taken_once_and_what_changes_rests_anew() {
        let mut resting = Resting::default();
        assert_eq!(resting.wake_in(0, 100), None);
        assert_eq!(resting.take(900, 100), None::<&u8>);
        assert!(resting.follow(Some(1), 1_000) && !resting.follow(Some(1), 1_050));
        assert_eq!(resting.wake_in(1_050, 100), Some(50));
        assert!(resting.follow(Some(2), 1_060));
        assert_eq!(resting.take(1_100, 100), None);
        assert_eq!(resting.take(1_160, 100), Some(&2));
        assert_eq!(resting.take(9_999, 100), None, "once");
        assert_eq!(resting.wake_in(9_999, 100), None);
        assert_eq!(resting.value(), Some(&2));
        assert!(resting.follow(None, 10_000) && resting.wake_in(10_000, 100).is_none());
    }

    #[test]
    fn a_burst_is_one_and_one_that_does_not_end_is_several() {
        let mut gathering = Gathering::default();
        assert_eq!((gathering.wake_in(0, 50, 400), gathering.take(0, 50, 400)), (None, None));
        for now in 1_000..1_030 {
            gathering.add(now % 3, now);
        }
        assert_eq!((gathering.take(1_078, 50, 400), gathering.wake_in(1_078, 50, 400)), (None, Some(1)));
        assert_eq!(gathering.take(1_079, 50, 400), Some([0, 1, 2].into()));
        let taken = (2_000..3_000).filter(|now| {
            gathering.add(7, *now);
            gathering.take(*now, 50, 400).is_some()
        });
        assert_eq!(taken.collect::<Vec<_>>(), [2_400, 2_801]);
    }

    #[test]
    fn what_is_paced_comes_no_sooner() {
        let mut paced = Paced::default();
        assert!(paced.is_due(100, 100) && !paced.is_due(150, 100));
        assert_eq!(paced.wake_in(150, 100), 50);
        assert!(paced.is_due(200, 100));
    }
}
