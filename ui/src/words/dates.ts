// Dates and times as people read them. "Now" is always an argument, in Unix seconds, like every
// time of a view; the time zone is the computer's.

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const instant = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/g;

const wholeDay = /T(?:00:00:00|23:59:59)/;

/** "3 May 2027". */
export function date(at: number): string {
  return day.format(at * 1000);
}

/** "18:40". */
export function time(at: number): string {
  return clock.format(at * 1000);
}

/** "18:40 today", or "18:40 on 3 May 2027" when that is another day. */
export function moment(at: number, now: number): string {
  return date(at) === date(now) ? `${time(at)} today` : `${time(at)} on ${date(at)}`;
}

/** "until 3 May 2027". */
export function until(at: number): string {
  return `until ${date(at)}`;
}

/** A server's sentence with its RFC 3339 times written for people. */
export function readable(text: string): string {
  return text.replace(instant, (stamp) => {
    const at = Date.parse(stamp) / 1000;
    if (Number.isNaN(at)) return stamp;
    // A certificate's day begins and ends at midnight: the hour says nothing then.
    return wholeDay.test(stamp) ? date(at) : `${date(at)}, ${time(at)}`;
  });
}
