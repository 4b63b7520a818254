"""Calendar periods, in UTC: a day, a month, a quarter, a year; by name, or every one between two days."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

from ledger.values import Timestamp, instant_key, timestamp

Length = Literal["day", "month", "quarter", "year"]
LENGTHS: Final[tuple[Length, ...]] = get_args(Length)

_MONTHS: Final[dict[Length, int]] = {"month": 1, "quarter": 3, "year": 12}
_NAMES: Final[dict[Length, re.Pattern[str]]] = {
    "day": re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII),
    "month": re.compile(r"(\d{4})-(\d\d)", re.ASCII),
    "quarter": re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
    "year": re.compile(r"(\d{4})", re.ASCII),
}
_LAST_MOMENT: Final = "T23:59:59.999999999Z"


class Period(NamedTuple):
    """A period by its name, such as `2026-01`, with its first and its last day."""

    name: str
    start: date
    end: date

    def before(self) -> str:
        """A key that stands before the keys of all instants of the period, and after those of all earlier ones."""
        return self.start.isoformat()

    def last(self) -> Timestamp:
        """The last instant of the period."""
        return Timestamp(f"{self.end.isoformat()}{_LAST_MOMENT}")

    def through(self) -> str:
        """The key of its last instant."""
        return instant_key(self.last())


def period_named(name: str) -> Period:
    """The period of a name: `2026-01-15`, `2026-01`, `2026-Q1` or `2026`. Raises `ValueError` for any other text."""
    for length, pattern in _NAMES.items():
        if found := pattern.fullmatch(name):
            numbers = [int(number) for number in found.groups()]
            if length == "quarter":
                numbers[1] = 3 * numbers[1] - 2
            try:
                return period_of(date(*numbers, *[1] * (3 - len(numbers))), length)
            except ValueError as error:
                raise ValueError(f"no period is called {name}: {error}") from None
    raise ValueError(f"no period is called {name}: it is one of {', '.join(LENGTHS)}, or a name such as 2026-Q1")


def period_of(day: date, length: Length) -> Period:
    """The period of a length that a day is in."""
    if length == "day":
        return Period(day.isoformat(), day, day)
    months = _MONTHS[length]
    month = (day.month - 1) // months * months + 1
    start = date(day.year, month, 1)
    ends_in = month + months - 1
    end = date(day.year, 12, 31) if ends_in == 12 else date(day.year, ends_in + 1, 1) - timedelta(days=1)  # noqa: PLR2004
    return Period(_name(start, length), start, end)


def periods_between(first: date, last: date, length: Length) -> Iterator[Period]:
    """The periods of a length from the one that `first` is in to the one that `last` is in."""
    period = period_of(first, length)
    while period.start <= last:
        yield period
        if period.end == date.max:
            return
        period = period_of(period.end + timedelta(days=1), length)


def day_of(at: Timestamp) -> date:
    """The day of an instant, in UTC."""
    return date.fromisoformat(at[:10])


def start_of(text: str) -> Timestamp:
    """The instant that is meant as a beginning: RFC 3339, or a bare date, whose first instant it is.

    Raises `ValueError` for anything else.
    """
    return timestamp(f"{text}T00:00:00Z" if len(text) == len("2022-11-30") else text)


def just_before(at: Timestamp) -> Timestamp | None:
    """The last instant before another, a nanosecond earlier; None before the first of the calendar."""
    whole, _, fraction = instant_key(at).partition(".")
    nanoseconds = int(fraction.ljust(9, "0")) - 1 if fraction else -1
    if nanoseconds >= 0:
        return timestamp(f"{whole}.{nanoseconds:09}Z")
    try:
        second = datetime.fromisoformat(whole).replace(tzinfo=UTC) - timedelta(seconds=1)
    except OverflowError:
        return None
    return timestamp(f"{second:%Y-%m-%dT%H:%M:%S}".zfill(19) + ".999999999Z")


def _name(start: date, length: Length) -> str:
    match length:
        case "month":
            return start.isoformat()[:7]
        case "quarter":
            return f"{start.isoformat()[:4]}-Q{(start.month + 2) // 3}"
        case _:
            return start.isoformat()[:4]
