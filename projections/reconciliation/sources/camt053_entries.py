"""The entries of a statement as movements: one for each, or one for each transaction of a batch that is told whole.

Amounts carry the direction of the money, also in a reversal: of one that is a credit the original was a debit
(ISO 20022, ReversalIndicator).
"""

from typing import Final, NamedTuple

from projections.reconciliation.items import Item, Money, Status
from projections.reconciliation.sources.camt053_batches import Share, shares_of
from projections.reconciliation.sources.camt053_values import Reading
from projections.reconciliation.sources.camt053_xml import Node

_ONCE: Final = ("Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "ValDt", "BkTxCd")
_STATUS: Final[dict[str, Status]] = {"BOOK": "booked", "PDNG": "pending", "INFO": "pending", "FUTR": "pending"}
_NO_REFERENCE: Final = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE"})
_FAMILIES: Final = {"CHRG": "fee", "FEES": "fee", "COMM": "fee", "COMI": "fee", "INTR": "interest"}
"""Sub-families of the bank transaction codes: charges, fees, commission, interest."""
_OWN_CODES: Final = {**_FAMILIES, "CHG": "fee", "COM": "fee", "INT": "interest"}
"""The same as keepers' own codes have it, most often after the codes of SWIFT: `NCHG`, `NCOM`, `NINT`."""


class Kept(NamedTuple):
    """Of which account a statement is, and in what: as the file says it, and the asset that this is."""

    account: str
    currency: str
    commodity: str


class Entered(NamedTuple):
    """What an entry comes to: its signed amount, whether it is booked and on which day, and its movements.

    One that moves nothing has none.
    """

    amount: Money
    booked: bool
    day: str
    items: tuple[Item, ...]


def entered(entry: Node, kept: Kept, reading: Reading) -> Entered | None:
    """An entry as movements; None where it has a flaw."""
    before = len(reading.flaws)
    reading.alone(entry, _ONCE)
    amount, status = reading.signed(entry, kept.currency), _status(entry, reading)
    reversal = reading.truth(entry, "RvslInd")
    booked_at, valued_at = reading.when(entry, "BookgDt"), reading.when(entry, "ValDt")
    at = valued_at or booked_at
    if not at and status == "booked" and len(reading.flaws) == before:
        reading.flaws.append(entry.flaw("a booked entry without a value date and a booking date", within="ValDt"))
    if amount is None or status is None or len(reading.flaws) > before:
        return None
    shares = shares_of(entry, amount, kept.currency, reading)
    if len(reading.flaws) > before:
        return None
    whole = Item(0, kept.account, kept.commodity, at, amount, status=status, reverses="?" if reversal else "")
    items = tuple(_item(whole, entry, share, kept) for share in shares if share.amount)
    return Entered(amount, status == "booked", (booked_at or valued_at)[:10], items)


def _status(entry: Node, reading: Reading) -> Status | None:
    """`Sts` is a code in version 02, and holds one since."""
    said = entry.said("Sts/Cd", "Sts/Prtry", "Sts")
    if said not in _STATUS:
        reading.flaws.append(entry.flaw(f"a status is {', '.join(_STATUS)}", said, within="Sts"))
    return _STATUS.get(said)


def _item(whole: Item, entry: Node, share: Share, kept: Kept) -> Item:
    """One movement: of a transaction of the entry, or of the entry itself where it tells of none or of too few."""
    details = share.details
    returned = details is not None and details.one("RtrInf") is not None
    reversal = bool(whole.reverses) or returned
    refs = details.one("Refs") if details is not None else None
    references = _references(entry, refs, alone=share.alone)
    end_to_end = _reference(refs, "EndToEndId")
    return whole._replace(
        place=(entry if details is None or share.alone else details).line,
        amount=share.amount,
        end_to_end=end_to_end,
        reference=next(iter(references), ""),
        group=share.group,
        kind=_kind(details) or _kind(entry),
        reverses=(_original(refs) or end_to_end or "?") if reversal else "",
        counterparty=_counterparty(details, credit=(share.amount > 0) is not reversal),
        text=" / ".join(_texts(entry, details, kept.currency)),
        fee=share.fee,
    )


def _references(entry: Node, refs: Node | None, *, alone: bool) -> list[str]:
    """What the keeper calls it, then what others do; what it calls the entry, where that is one movement."""
    of_details = [_reference(refs, name) for name in ("AcctSvcrRef", "TxId", "InstrId", "UETR")]
    of_entry = [_reference(entry, "AcctSvcrRef"), _reference(entry, "NtryRef")] if alone else []
    ranked = [of_details[0], *of_entry[:1], *of_details[1:], *of_entry[1:]]
    return [reference for reference in ranked if reference]


def _reference(owner: Node | None, path: str) -> str:
    text = owner.said(path) if owner is not None else ""
    return "" if text.upper() in _NO_REFERENCE else text


def _original(refs: Node | None) -> str:
    """What the keeper calls the movement that is undone, where it says so in a reference of its own."""
    owned = refs.all("Prtry") if refs is not None else []
    originals = (own.said("Ref") for own in owned if own.said("Tp").upper().startswith(("ORGNL", "ORIG")))
    return next(originals, "")


def _kind(owner: Node | None) -> str:
    """Whether a code says charges or interest: the bank transaction code's sub-family, or the keeper's own code."""
    if owner is None:
        return ""
    if kind := _FAMILIES.get(owner.said("BkTxCd/Domn/Fmly/SubFmlyCd")):
        return kind
    own = owner.said("BkTxCd/Prtry/Cd").upper().partition("+")[0]
    return _OWN_CODES.get(own) or _OWN_CODES.get(own.removeprefix("N"), "")


def _counterparty(details: Node | None, *, credit: bool) -> str:
    """Who is on the other side: of a credit the debtor, of a debit the creditor; by name, or else by account."""
    if details is None:
        return ""
    role = "Dbtr" if credit else "Cdtr"
    parties = [f"RltdPties/{role}", f"RltdPties/Ultmt{role}"]
    names = [path for party in parties for path in (f"{party}/Nm", f"{party}/Pty/Nm")]
    account = f"RltdPties/{role}Acct/Id"
    return details.said(*names, f"{account}/IBAN", f"{account}/Othr/Id")


def _texts(entry: Node, details: Node | None, currency: str) -> list[str]:
    """What is said of it in words, each once, and what it is in another currency."""
    texts: list[str] = []
    if details is not None:
        if (remittance := details.one("RmtInf")) is not None:
            texts += [node.text for node in remittance.all("Ustrd")]
            texts += [node.said("CdtrRefInf/Ref") for node in remittance.all("Strd")]
        if (returned := details.one("RtrInf")) is not None:
            texts += [returned.said("Rsn/Cd", "Rsn/Prtry"), *(node.text for node in returned.all("AddtlInf"))]
        texts.append(details.said("AddtlTxInf"))
    texts.append(entry.said("AddtlNtryInf"))
    texts += [told for owner in (details, entry) if owner is not None for told in _in_others(owner, currency)]
    return list(dict.fromkeys(text for text in texts if text))


def _in_others(owner: Node, currency: str) -> list[str]:
    """Amounts in another currency than the account's, as text: what was instructed, and what was exchanged."""
    nodes = [(name, owner.one(f"AmtDtls/{name}/Amt")) for name in ("InstdAmt", "TxAmt", "CntrValAmt")]
    return [f"{name} {node.text} {node.currency}" for name, node in nodes if node and node.currency != currency]
