//! When a list is asked for again.

use crate::store::ListFacts;

/// When the list that follows `list` should be asked for, if `list` came at `now`.
///
/// Where the CA says when it publishes the next one, shortly after that; else when half of the time
/// that is left is over. `jitter`, 0 to 255, keeps many servers from asking at the same second.
pub(super) fn next(list: &ListFacts, now: i64, jitter: u8) -> i64 {
    let left = list.next_update.saturating_sub(now).max(0);
    let wait = match list.next_publish {
        Some(publish) if now < publish && publish < list.next_update => {
            let ahead = list.next_update.saturating_sub(publish) / 2;
            let wait = publish.saturating_sub(now);
            return now
                .saturating_add(wait)
                .saturating_add(spread(ahead.min(HOUR), jitter));
        }
        // It should be there and is not: soon, but not every minute.
        Some(_) => (left / 2).min(HOUR),
        None => left / 2,
    };
    let wait = wait.clamp(SOONEST, LATEST);
    now.saturating_add(wait)
        .saturating_add(spread(wait / 8, jitter))
}

/// When a list is asked for again after so many failures, if nobody waits for it.
pub(super) fn after_failures(failures: u32, now: i64, jitter: u8) -> i64 {
    let wait = doubled(RETRY_AHEAD, failures).min(MOST_RETRY_AHEAD);
    now.saturating_add(wait)
        .saturating_add(spread(wait / 8, jitter))
}

/// Whether a sign-in that needs a list may ask again after so many failures.
pub(super) fn may_ask(failures: u32, attempted_at: Option<i64>, now: i64) -> bool {
    let wait = doubled(RETRY_ON_THE_WAY, failures).min(MOST_RETRY_ON_THE_WAY);
    attempted_at.is_none_or(|at| failures == 0 || now.saturating_sub(at) >= wait)
}

fn doubled(first: i64, failures: u32) -> i64 {
    let times = failures.saturating_sub(1).min(16);
    first.saturating_mul(1 << times)
}

fn spread(most: i64, jitter: u8) -> i64 {
    most.saturating_mul(i64::from(jitter)) / 256
}

const HOUR: i64 = 60 * 60;
/// Bounds of the time until a list is refreshed, in seconds.
const SOONEST: i64 = 60;
const LATEST: i64 = 24 * HOUR;
/// Seconds until a failed fetch is tried again, doubled by each further failure.
const RETRY_ON_THE_WAY: i64 = 30;
const MOST_RETRY_ON_THE_WAY: i64 = 5 * 60;
const RETRY_AHEAD: i64 = 60;
const MOST_RETRY_AHEAD: i64 = 15 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_asked_for_after_half_of_its_time_and_a_little() {
        assert_eq!(next(&list(None, 1000 + 2 * HOUR), 1000, 0), 1000 + HOUR);
        let latest = next(&list(None, 1000 + 2 * HOUR), 1000, 255);
        assert!(
            (1000 + HOUR + 440..1000 + HOUR + 450).contains(&latest),
            "{latest}"
        );
    }

    #[test]
    fn a_long_list_is_asked_for_every_day_and_a_short_one_every_minute() {
        assert_eq!(next(&list(None, 90 * 24 * HOUR), 0, 0), 24 * HOUR);
        assert_eq!(next(&list(None, 10), 0, 0), 60);
        assert_eq!(next(&list(None, -10), 0, 0), 60);
    }

    #[test]
    fn a_list_is_asked_for_when_the_ca_publishes_and_before_it_ends() {
        let published = list(Some(6 * HOUR), 7 * HOUR);
        assert_eq!(next(&published, 0, 0), 6 * HOUR);
        assert!(next(&published, 0, 255) < 7 * HOUR);
    }

    #[test]
    fn a_list_that_should_be_there_is_asked_for_every_hour() {
        let late = list(Some(6 * HOUR), 96 * HOUR);
        assert_eq!(next(&late, 6 * HOUR, 0), 7 * HOUR);
    }

    #[test]
    fn a_publication_after_the_end_counts_for_nothing() {
        assert_eq!(next(&list(Some(9 * HOUR), 2 * HOUR), 0, 0), HOUR);
    }

    #[test]
    fn failures_are_tried_again_ever_later() {
        let waits: Vec<i64> = (1..7)
            .map(|failures| after_failures(failures, 0, 0))
            .collect();
        assert_eq!(waits, [60, 120, 240, 480, 900, 900]);
        assert_eq!(after_failures(u32::MAX, 0, 0), 900);
        assert!(may_ask(0, Some(100), 100));
        assert!(!may_ask(1, Some(100), 129));
        assert!(may_ask(1, Some(100), 130));
        assert!(!may_ask(2, Some(100), 159));
        assert!(may_ask(9, Some(100), 400));
    }

    fn list(next_publish: Option<i64>, next_update: i64) -> ListFacts {
        ListFacts {
            number: None,
            delta: false,
            this_update: 0,
            next_update,
            next_publish,
            entries: 0,
            bytes: 0,
        }
    }
}
