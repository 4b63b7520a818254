"""Rows of a snapshot as a profile writes them, made rows of base units and dates that every reader takes."""

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.sources.flaws import shown
from projections.reconciliation.sources.amounts import base_reader, units_reader
from projections.reconciliation.sources.dates import Dates
from projections.reconciliation.sources.profile import Profile
from projections.reconciliation.sources.raw import Raw
from projections.reconciliation.sources.snapshots import KEYS
from projections.reconciliation.sources.wanted import Wanted

_AS_THEY_STAND: Final = frozenset({*KEYS, "block", "finalized", "precision"})

_ASSETS: Final = frozenset({"asset", "commodity"})
_COLLATERAL: Final = "collateral."


def in_base_units(rows: Iterable[Raw], profile: Profile, wanted: Wanted | None, problems: list[str]) -> Iterator[Raw]:
    """The rows with their amounts as decimal text of base units, and `at` in canonical form.

    In `problems` stands every field that is not what the profile says. Shares have no decimals: what is called shares
    is in base units always, also where other amounts are in whole units. A row or collateral of another asset than the
    one that is wanted has no place among whole units.
    """
    if profile.unit == "units" and wanted is None:
        problems.append("unit: whole units are of an asset, and which one it is has not been said")
        return
    if _is_plain(profile):
        yield from rows
        return
    written = _Written(profile, wanted)
    for row in rows:
        fields = {}
        for field, text in row.fields.items():
            try:
                fields[field] = written.plain(field, text)
            except ValueError as error:
                problems.append(f"line {row.place}: {field}: {error}, not {shown(text)}")
        yield Raw(row.place, fields)


def _is_plain(profile: Profile) -> bool:
    dialect = profile.unit, profile.decimal_mark, profile.thousands, profile.sign, profile.dates, profile.offset
    return dialect == ("base", ".", "", "same", "", "")


class _Written:
    """How a profile writes amounts and dates."""

    def __init__(self, profile: Profile, wanted: Wanted | None) -> None:
        self._base = base_reader(profile.decimal_mark, profile.thousands)
        self._units, self._asset = self._base, ""
        if profile.unit == "units" and wanted is not None:
            self._units = units_reader(wanted.decimals, profile.decimal_mark, profile.thousands)
            self._asset = wanted.commodity
        self._sign = 1 if profile.sign == "same" else -1
        self._dates = Dates(profile.dates, profile.offset)

    def plain(self, field: str, text: str) -> str:
        """A field as every reader takes it. Raises `ValueError`."""
        asset = text if field in _ASSETS else field.partition(_COLLATERAL)[2]
        if text and self._asset and asset not in {"", self._asset}:
            raise ValueError(f"whole units are of {self._asset}")
        if not text or field in _AS_THEY_STAND:
            return text
        if field == "at":
            return self._dates[text]
        read = self._base if field.endswith("shares") else self._units
        return str(self._sign * read(text))
