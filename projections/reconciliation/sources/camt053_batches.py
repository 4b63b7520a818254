"""The transactions of an entry: those of a batch one by one where all are told, with what was kept as charges."""

from typing import NamedTuple

from projections.reconciliation.items import Money
from projections.reconciliation.sources.camt053_values import DEBIT, Reading
from projections.reconciliation.sources.camt053_xml import Node


class Share(NamedTuple):
    """What of an entry is one movement: its signed amount, the charges in it, and the details that tell of it.

    `alone` is a movement that is its entry whole.
    """

    amount: Money
    fee: Money
    details: Node | None
    group: str
    alone: bool


class _Told(NamedTuple):
    """The transactions that one `NtryDtls` tells. `known` are their amounts, where each has one in the currency."""

    node: Node
    batch: Node | None
    details: list[Node]
    known: list[Money] | None
    firm: bool


def shares_of(entry: Node, amount: Money, currency: str, reading: Reading) -> tuple[Share, ...]:
    """An entry as movements: its transactions where their amounts are all known and add up to it, or else itself.

    Transactions that contradict their batch or their entry are a flaw. Charges that are stated may be what they differ
    by: they are taken from each of them, or from the whole.
    """
    told = [_told(node, amount, currency, reading) for node in entry.all("NtryDtls")]
    details = [one for part in told for one in part.details]
    fees = [charges(one, currency, reading) for one in details]
    of_entry = charges(entry, currency, reading)
    group = _group(entry, told)
    kept = of_entry or sum(fees)
    before = len(reading.flaws)
    for part in told:
        _check_batch(part, amount, currency, reading)
    if len(reading.flaws) == before:
        _check_totals(entry, told, amount, kept, reading)
    shares = _shares(told, amount, fees)
    if len(reading.flaws) > before:
        return ()
    if shares is None:
        _check_whole(entry, told, amount, kept, reading)
        return (Share(amount, max(kept, 0), details[0] if len(details) == 1 else None, group, alone=True),)
    if len(shares) == 1:
        return (Share(amount, max(kept, 0), details[0], group, alone=True),)
    groups = [_named(part.batch) or _own(entry) for part in told for _ in part.details]
    return tuple(
        Share(share, max(fee, 0), one, group, alone=False)
        for share, fee, one, group in zip(shares, fees, details, groups, strict=True)
    )


def charges(owner: Node, currency: str, reading: Reading) -> Money:
    """What was kept as charges within the amount, less what was given back; charges in another currency are no part.

    Version 02 has a record in each `Chrgs`, later ones several records in one.
    """
    total = 0
    for node in owner.all("Chrgs"):
        records = node.all("Rcrd") or ([node] if node.one("Amt") is not None else [])
        if not records and (whole := node.one("TtlChrgsAndTaxAmt")) is not None and whole.currency == currency:
            total += reading.number(whole) or 0
        for record in records:
            said = record.one("Amt")
            included = reading.truth(record, "ChrgInclInd") or record.one("ChrgInclInd") is None
            direction = reading.direction(record, usual=DEBIT)
            if said is not None and said.currency == currency and included:
                total -= (reading.number(said) or 0) * (direction or 0)
    return total


def _told(node: Node, amount: Money, currency: str, reading: Reading) -> _Told:
    details = node.all("TxDtls")
    usual = 1 if amount > 0 else DEBIT
    known: list[Money] = []
    firm = True
    for one in details:
        said = one.one("Amt") or one.one("AmtDtls/TxAmt/Amt")
        if said is None and (said := one.one("AmtDtls/InstdAmt/Amt")) is not None:
            firm = False
        number = reading.number(said) if said is not None and said.currency == currency else None
        if number is not None:
            known.append(number * (reading.direction(one, usual=usual) or 0))
    return _Told(node, node.one("Btch"), details, known if len(known) == len(details) else None, firm)


def _shares(told: list[_Told], amount: Money, fees: list[Money]) -> list[Money] | None:
    """The amounts of all transactions, as they stand or after their charges, where they add up to the entry."""
    if not told or any(part.known is None for part in told):
        return None
    known = [share for part in told for share in part.known or ()]
    after = [share - fee for share, fee in zip(known, fees, strict=True)]
    return next((shares for shares in (known, after) if shares and sum(shares) == amount), None)


def _check_batch(part: _Told, amount: Money, currency: str, reading: Reading) -> None:
    """Tells a batch whose transactions are not those that it says it has."""
    if part.batch is None:
        return
    number, said = reading.count(part.batch, "NbOfTxs"), len(part.details)
    if number is not None and said > number:
        reading.flaws.append(part.batch.flaw(f"a batch that tells {said} transactions", str(number), within="NbOfTxs"))
    stated = _stated(part, amount, currency, reading)
    if stated is not None and number == said and part.known is not None and part.firm and sum(part.known) != stated:
        found = f"a batch whose transactions sum to {reading.told(sum(part.known))}"
        reading.flaws.append(part.batch.flaw(found, reading.told(stated), within="TtlAmt"))


def _check_whole(entry: Node, told: list[_Told], amount: Money, kept: Money, reading: Reading) -> None:
    """Tells transactions that can not be those of their entry: all are there, or too much, and do not add up to it."""
    if not told or not all(part.known and part.firm for part in told):
        return
    shares = [share for part in told for share in part.known or ()]
    total = sum(shares)
    counted = all(part.batch is not None and reading.count(part.batch, "NbOfTxs") == len(part.details) for part in told)
    beyond = len(shares) > 1 and all(share * amount > 0 for share in shares) and abs(total) > abs(amount)
    if total - amount != kept and (counted or beyond):
        found = f"an entry whose transactions sum to {reading.told(total)}"
        reading.flaws.append(entry.flaw(found, reading.told(amount), within="Amt"))


def _check_totals(entry: Node, told: list[_Told], amount: Money, kept: Money, reading: Reading) -> None:
    """Tells batches whose totals are not their entry."""
    currency = entry.one("Amt")
    totals = [_stated(part, amount, currency.currency if currency else "", reading) for part in told]
    stated = [total for total in totals if total is not None]
    if stated and len(stated) == len(totals) and sum(stated) - amount not in {0, kept}:
        found = f"an entry whose batches total {reading.told(sum(stated))}"
        reading.flaws.append(entry.flaw(found, reading.told(amount), within="Amt"))


def _stated(part: _Told, amount: Money, currency: str, reading: Reading) -> Money | None:
    """The signed total that a batch states of itself, in the currency of the account."""
    total = part.batch.one("TtlAmt") if part.batch is not None else None
    if part.batch is None or total is None or total.currency != currency:
        return None
    number, direction = reading.number(total), reading.direction(part.batch, usual=1 if amount > 0 else DEBIT)
    return None if number is None or direction is None else number * direction


def _group(entry: Node, told: list[_Told]) -> str:
    """The name of the batch that an entry is; of several batches, or where that has none, the name of the entry."""
    batches = [part.batch for part in told if part.batch is not None]
    names = {_named(batch) for batch in batches}
    return (names.pop() if len(names) == 1 else "") or (_own(entry) if batches else "")


def _named(batch: Node | None) -> str:
    return batch.said("PmtInfId", "MsgId") if batch is not None else ""


def _own(entry: Node) -> str:
    return entry.said("AcctSvcrRef", "NtryRef")
