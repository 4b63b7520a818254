"""Which columns of a table are meant: by their headings or numbers, as a profile says, or by our own field names."""

from collections.abc import Sequence
from operator import itemgetter

from projections.reconciliation.items import SourceRefused
from projections.reconciliation.sources.profile import FIELDS, Profile


class Picked:
    """The fields that a table has: their names, where each stands in a row, and how many fields a row has."""

    def __init__(self, names: Sequence[str], places: Sequence[int], width: int) -> None:
        self.names, self.places, self.width = tuple(names), tuple(places), width
        # Of a single place, `itemgetter` gives no tuple.
        self._take = itemgetter(*places, *places) if len(places) == 1 else itemgetter(*places)

    def of(self, row: Sequence[str]) -> dict[str, str]:
        """The fields of a row, stripped of space around them."""
        return dict(zip(self.names, map(str.strip, self._take(row))))  # noqa: B905  (a tenth of the time)


def picked(name: str, profile: Profile, headings: Sequence[str] | None, width: int) -> Picked:
    """Which columns are meant, of a table with these headings, or of `width` columns without.

    Raises `SourceRefused` for every column that is not there, or is there twice.
    """
    if not profile.columns:
        return _own(name, profile, headings)
    problems: list[str] = []
    places: list[int] = []
    for field, column in profile.columns.items():
        if isinstance(column, int):
            places.append(column - 1)
            if column > width:
                problems.append(f"columns.{field}: there are {width} columns, and no number {column}")
        else:
            found = [place for place, heading in enumerate(headings or ()) if heading == column]
            places.append(found[0] if found else 0)
            if len(found) != 1:
                there = ", ".join(f"`{one}`" for one in headings or ())
                times = "twice" if found else "not"
                problems.append(f"columns.{field}: a column `{column}` stands {times} in the header, which has {there}")
    if problems:
        raise SourceRefused(name, tuple(problems))
    return Picked(tuple(profile.columns), places, width)


def _own(name: str, profile: Profile, headings: Sequence[str] | None) -> Picked:
    """The columns of a table whose headings are our own field names: nothing in it may be misspelt and lost."""
    if headings is None:
        raise SourceRefused(name, ("columns: a file without a header needs a profile that says which column is which",))
    if not any(headings):
        raise SourceRefused(name, ("has no header",))
    problems = [
        f"column `{one}`: stands twice in the header"
        for one in dict.fromkeys(headings)
        if one and headings.count(one) > 1
    ]
    if unknown := [one for one in headings if one and profile.kind == "statement" and one not in FIELDS]:
        there = ", ".join(f"`{one}`" for one in unknown)
        ours = ", ".join(FIELDS)
        problems.append(f"columns: {there} are no field names of ours ({ours}): a profile says what they are")
    elif profile.kind == "statement":
        problems += [f"columns: {words}" for words in lacking(headings)]
    if problems:
        raise SourceRefused(name, tuple(problems))
    named = [(one, place) for place, one in enumerate(headings) if one]
    return Picked([one for one, _ in named], [place for _, place in named], len(headings))


def lacking(names: Sequence[str]) -> list[str]:
    """What a statement with these of our field names does not tell."""
    found = []
    if not {"date", "value_date", "booking_date"} & {*names}:
        found.append("no date: one of date, value_date, booking_date")
    if "amount" not in names and not {"debit", "credit"} <= {*names}:
        found.append("no amount: amount, or debit and credit")
    return found
