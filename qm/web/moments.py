"""Times as people say them, in the site's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from qm.web.messages import Catalogue

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
FIRST_DAY, LAST_DAY = date(1971, 1, 1), date(9998, 12, 31)  # in every zone, with a day after


@dataclass(frozen=True, slots=True)
class Moments:
    """How one page says times: its zone, its language, its now."""

    zone: ZoneInfo
    words: Catalogue
    now: int  #: UTC ms

    def local(self, at: int) -> datetime:
        """Return the instant on the site's clock."""
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone)

    def when(self, at: int) -> str:
        """Return "14:05" today, "Mon 14:05" within a week, else "3 Nov 14:05" or with its year."""
        then, today = self.local(at), self.local(self.now).date()
        clock = f"{then:%H:%M}"
        days = (today - then.date()).days
        if days == 0:
            return clock
        if 0 < days < 7:
            return f"{self.words.say(f'moment.day.{then.weekday()}')} {clock}"
        day = f"{then.day} {self.words.say(f'moment.month.{then.month}')}"
        return f"{day} {clock}" if then.year == today.year else f"{day} {then.year} {clock}"

    def ago(self, at: int) -> str:
        """Return how long ago; a wall-clock time where it is more than some hours."""
        past = max(0, self.now - at)
        if past < MINUTE_MS:
            return self.words.say("moment.seconds_ago", n=past // 1000)
        if past < HOUR_MS:
            return self.words.say("moment.minutes_ago", n=past // MINUTE_MS)
        if past < 6 * HOUR_MS:
            return self.words.say("moment.hours_ago", n=past // HOUR_MS)
        return self.when(at)

    def exact(self, at: int) -> str:
        """Return date, time to the second and zone, for a tooltip."""
        return f"{self.local(at):%Y-%m-%d %H:%M:%S %Z}"

    def iso(self, at: int) -> str:
        """Return the instant for a ``datetime`` attribute."""
        return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


def span(ms: int) -> str:
    """
    Return a length as on a player.

    >>> span(4_999), span(754_000), span(3_725_000)
    ('0:04', '12:34', '1:02:05')
    """
    seconds = max(0, ms) // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def day_bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """
    Return the first instant of a local day and of the next, in UTC ms.

    Days before 1971 and in the year 9999 are taken for the nearest that a clock can hold.

    >>> first, following = day_bounds(date(2026, 11, 1), ZoneInfo("America/New_York"))
    >>> (following - first) // 3_600_000
    25
    """
    held = min(max(day, FIRST_DAY), LAST_DAY)
    first = datetime(held.year, held.month, held.day, tzinfo=zone)
    following = first + timedelta(days=1)  # wall-clock arithmetic: a day may have 23 or 25 hours
    return int(first.timestamp() * 1000), int(following.timestamp() * 1000)
