//! Slowing down whoever guesses secrets, or begins sign-ins without end.
//!
//! A token bucket per key: a burst of tries, then a few every so often. Tries of secrets are
//! counted per place and name, or per account; a certificate never waits, so nobody can be locked
//! out of the way that cannot be guessed. Beginnings are counted per place, because each leaves a
//! row in the store. The memory is bounded: when it is full, the buckets that
//! have refilled go first, then the ones that were used the longest ago.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use certs::Time;

/// Counts tries per key.
#[derive(Debug)]
pub struct Throttle {
    burst: u32,
    refill: u32,
    refill_seconds: i64,
    capacity: usize,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// A try has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowDown {
    /// Seconds until the next try counts.
    pub retry_after: u32,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: u32,
    /// When `tokens` was right.
    at: i64,
    /// When it was last asked.
    asked: i64,
}

impl Throttle {
    /// `burst` tries at once, then one every `refill_seconds`, for at most `capacity` keys.
    #[must_use]
    pub fn new(burst: u32, refill_seconds: u32, capacity: usize) -> Self {
        Self {
            burst: burst.max(1),
            refill: 1,
            refill_seconds: i64::from(refill_seconds.max(1)),
            capacity: capacity.max(1),
            buckets: Mutex::default(),
        }
    }

    /// A minute's worth of tries at once, then `rate` every second, for at most `capacity` keys.
    #[must_use]
    pub fn per_second(rate: u32, capacity: usize) -> Self {
        let rate = rate.max(1);
        Self {
            refill: rate,
            ..Self::new(rate.saturating_mul(60), 1, capacity)
        }
    }

    /// Takes one try.
    ///
    /// # Errors
    /// When none is left; nothing was taken.
    pub fn take(&self, key: &str, now: Time) -> Result<(), SlowDown> {
        let now = now.unix();
        let mut buckets = self
            .buckets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= self.capacity && !buckets.contains_key(key) {
            self.make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(key.to_owned()).or_insert(Bucket {
            tokens: self.burst,
            at: now,
            asked: now,
        });
        *bucket = Bucket {
            asked: now,
            ..self.refilled(*bucket, now)
        };
        if bucket.tokens == 0 {
            let wait = bucket.at + self.refill_seconds - now;
            return Err(SlowDown {
                retry_after: u32::try_from(wait.max(1)).unwrap_or(u32::MAX),
            });
        }
        bucket.tokens -= 1;
        Ok(())
    }

    /// Forgets the tries of a key, after one that was right.
    pub fn forgive(&self, key: &str) {
        self.buckets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(key);
    }

    fn refilled(&self, bucket: Bucket, now: i64) -> Bucket {
        let refills = (now - bucket.at).max(0) / self.refill_seconds;
        let gained = u32::try_from(refills)
            .unwrap_or(u32::MAX)
            .saturating_mul(self.refill);
        let tokens = bucket.tokens.saturating_add(gained);
        if tokens >= self.burst {
            return Bucket {
                tokens: self.burst,
                at: now,
                ..bucket
            };
        }
        Bucket {
            tokens,
            at: bucket.at + refills * self.refill_seconds,
            ..bucket
        }
    }

    fn make_room(&self, buckets: &mut HashMap<String, Bucket>, now: i64) {
        buckets.retain(|_, bucket| self.refilled(*bucket, now).tokens < self.burst);
        if buckets.len() < self.capacity {
            return;
        }
        let mut ages: Vec<i64> = buckets.values().map(|bucket| bucket.asked).collect();
        ages.sort_unstable();
        let keep_after = ages[ages.len() / 4];
        buckets.retain(|_, bucket| bucket.asked > keep_after);
        if buckets.len() >= self.capacity {
            // All of one age: none deserves to stay more than another.
            buckets.clear();
        }
    }
}

/// The key of what is counted per place: an address, or the /64 that an IPv6 customer holds.
#[must_use]
pub fn place_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The key of password tries: where they come from and whom they are about.
#[must_use]
pub fn password_key(address: IpAddr, tenant: &str, username: &str) -> String {
    let place = place_key(address);
    format!("{place} {tenant} {}", username.to_lowercase())
}

/// The key of one-time code tries: the account alone, because whoever gets this far has proven a
/// first factor, and six digits would fall to many addresses at once.
#[must_use]
pub fn code_key(tenant: &str, account: &str) -> String {
    format!("code {tenant} {account}")
}

#[cfg(test)]
mod tests {
    use super::{SlowDown, Throttle, password_key};
    use certs::Time;

    #[test]
    fn a_burst_is_followed_by_one_try_per_refill() {
        let throttle = Throttle::new(3, 10, 100);
        let at = Time::from_unix;
        for _ in 0..3 {
            assert_eq!(throttle.take("k", at(100)), Ok(()));
        }
        assert_eq!(
            throttle.take("k", at(104)),
            Err(SlowDown { retry_after: 6 })
        );
        assert_eq!(throttle.take("k", at(110)), Ok(()));
        assert!(throttle.take("k", at(111)).is_err());
        assert_eq!(throttle.take("other", at(111)), Ok(()));
        throttle.forgive("k");
        assert_eq!(throttle.take("k", at(111)), Ok(()));
    }

    #[test]
    fn a_rate_allows_a_minute_at_once_and_then_itself() {
        let throttle = Throttle::per_second(2, 100);
        let take = |at| throttle.take("k", Time::from_unix(at));
        for _ in 0..120 {
            assert_eq!(take(100), Ok(()));
        }
        assert_eq!(take(100), Err(SlowDown { retry_after: 1 }));
        assert_eq!((take(101), take(101)), (Ok(()), Ok(())));
        assert!(take(101).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let throttle = Throttle::new(1, 10, 100);
        assert_eq!(throttle.take("k", Time::from_unix(100)), Ok(()));
        assert!(throttle.take("k", Time::from_unix(50)).is_err());
    }

    #[test]
    fn memory_stays_bounded_and_a_busy_guesser_is_not_forgotten_first() {
        let throttle = Throttle::new(2, 60, 50);
        for n in 0..200 {
            let now = Time::from_unix(1000 + n);
            throttle.take("guesser", now).ok();
            throttle.take(&format!("one-off {n}"), now).ok();
        }
        let size = throttle.buckets.lock().map(|buckets| buckets.len());
        assert!(size.is_ok_and(|size| size <= 50));
        assert!(throttle.take("guesser", Time::from_unix(1200)).is_err());
    }

    #[test]
    fn addresses_of_one_customer_share_a_bucket() {
        let key = |text: &str| text.parse().map(|ip| password_key(ip, "t", "Lee@x"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
