"""Open movements that may be the same as one of the other side: until that is known nothing is proposed for them."""

from collections.abc import Iterable, Sequence

from projections.reconciliation.breaks import Break
from projections.reconciliation.items import Item


class Counterparts:
    """The movements that stand alone in a break of a paper, those of each side by their amount."""

    def __init__(self, breaks: Iterable[Break], accounts: Sequence[str]) -> None:
        self._accounts = accounts
        self._ours: dict[tuple[str, int], Item] = {}
        self._theirs: dict[tuple[str, int], Item] = {}
        for one in breaks:
            for item in self._entries(one) if not one.theirs else ():
                self._ours.setdefault((item.commodity, item.amount), item)
            for item in one.theirs if not self._entries(one) else ():
                self._theirs.setdefault((item.commodity, item.amount), item)

    def told(self, one: Break) -> str:
        """Which open movement of the other side may be that of a break, equal in amount and sign; empty for none."""
        entries = self._entries(one)
        if bool(entries) == bool(one.theirs):
            return ""
        key = one.commodity, sum(item.amount for item in entries or one.theirs)
        other = (self._theirs if entries else self._ours).get(key)
        if other is None:
            return ""
        called = f"line {other.place}" if entries else f"entry {other.place} ({other.id})"
        return (
            f"{called} of {other.day} has the same amount and is open: `recoup reconcile match` says that they are the "
            "same; what is another movement is recorded by hand"
        )

    def _entries(self, one: Break) -> list[Item]:
        """The entries of a break on the accounts that are reconciled."""
        return [item for item in one.ours if item.account in self._accounts]
