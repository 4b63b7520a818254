"""Dates as files write them: a day as `YYYY-MM-DD`, an instant in canonical form."""

import re
from datetime import date, datetime
from typing import Final

from ledger.values import timestamp

DIRECTIVES: Final = frozenset("dmYybBaAjHIMSfpz%")
"""What of `strptime` a pattern may use: what names a day of the calendar and a time of it."""

_KEPT_MAX: Final = 1 << 16
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CANONICAL: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,8}[1-9])?Z", re.ASCII)
_CLOCK: Final = frozenset("HIMS")


def mistake_of(pattern: str) -> str | None:
    """Why a pattern cannot be read by, in words; None where it can."""
    used = re.findall(r"%(.?)", pattern)
    if unknown := sorted({one for one in used if one not in DIRECTIVES}):
        return "no pattern for dates has " + ", ".join(f"`%{one}`" for one in unknown)
    if doubled := sorted({one for one in used if one != "%" and used.count(one) > 1}):
        return "a pattern says a part of a date once, and not again " + ", ".join(f"`%{one}`" for one in doubled)
    year = {"Y", "y"} & {*used}
    day = "j" in used or ({"m", "b", "B"} & {*used} and "d" in used)
    return None if year and day else "a pattern tells a whole day: a year with month and day"


class Dates(dict[str, str]):
    """What each text means as a date, by a pattern of `strptime`, or by RFC 3339 where it is empty.

    `offset`, such as `+01:00`, holds for times that say none; where it is empty too, a pattern's times are in UTC and
    RFC 3339 has to say its own. What was read once is kept, up to a bound. Raises `ValueError` with words for what a
    date is there.
    """

    def __init__(self, pattern: str, offset: str) -> None:
        super().__init__()
        self._pattern, self._offset = pattern, offset
        used = {*re.findall(r"%(.?)", pattern)}
        self._clock, self._zoned = bool(used & _CLOCK), "z" in used

    def __missing__(self, text: str) -> str:
        """The date of a text that is read for the first time."""
        said = self._by_pattern(text) if self._pattern else self._by_rule(text)
        if len(self) < _KEPT_MAX:
            self[text] = said
        return said

    def _by_pattern(self, text: str) -> str:
        try:
            # Digits of other scripts are no digits here, though the calendar's own reader takes them.
            moment = datetime.strptime(text if text.isascii() else "", self._pattern)  # noqa: DTZ007
        except ValueError:
            raise ValueError(f"a date is written {self._pattern}") from None
        if not self._clock:
            return moment.date().isoformat()
        return timestamp(moment.isoformat() if self._zoned else moment.isoformat() + (self._offset or "Z"))

    def _by_rule(self, text: str) -> str:
        if (found := _CANONICAL.fullmatch(text)) and found[1] in self:
            return text
        if _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError as error:
                raise ValueError(f"no such day: {error}") from None
        try:
            said = timestamp(text)
        except ValueError:
            if not self._offset:
                raise ValueError("a date is YYYY-MM-DD, or RFC 3339 with an offset") from None
            said = timestamp(text + self._offset)
        # The day is on the calendar: its other instants are known by their form.
        day = said[:10]
        self[day] = day
        return said
