"""Writes a statement as ISO 20022 camt.053, in each of the versions that are read. Amounts have two decimals."""

from collections.abc import Sequence
from html import escape

from projections.reconciliation.items import Item, Statement

_FAMILIES = {"": "ESCT", "fee": "CHRG", "interest": "INTR"}
_MADE = "<CreDtTm>2024-06-01T00:00:00Z</CreDtTm>"


def camt053(version: str, statement: Statement, entries: Sequence[Sequence[Item]]) -> bytes:
    """A document of one statement. What comes as several items is one entry, a batch of them."""
    currency = statement.commodity
    stated = (
        f"<Id>S1</Id>{_MADE}<Acct><Id><IBAN>{statement.account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"<Bal>{_type('PRCD')}{_signed(statement.opening, currency)}{_day('Dt', statement.opened_at)}</Bal>"
        f"<Bal>{_type('CLBD')}{_signed(statement.closing, currency)}{_day('Dt', statement.closed_at)}</Bal>"
        f"{_summary(version, entries)}{''.join(_entry(version, currency, items) for items in entries)}"
    )
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">\n<BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId>{_MADE}</GrpHdr>\n<Stmt>{stated}</Stmt>\n</BkToCstmrStmt></Document>\n"
    ).encode()


def _entry(version: str, currency: str, items: Sequence[Item]) -> str:
    first, total = items[0], sum(item.amount for item in items)
    status = {"booked": "BOOK", "pending": "PDNG"}[first.status]
    batch = (
        f"<Btch><PmtInfId>{first.group}</PmtInfId><NbOfTxs>{len(items)}</NbOfTxs>"
        f'<TtlAmt Ccy="{currency}">{_number(total)}</TtlAmt>{_direction(total)}</Btch>'
    )
    return (
        f"\n<Ntry>{_signed(total, currency)}{'<RvslInd>true</RvslInd>' if first.reverses else ''}"
        f"<Sts>{status if version == '02' else f'<Cd>{status}</Cd>'}</Sts>{_day('BookgDt', first.day)}"
        f"{_day('ValDt', first.at)}<BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>"
        f"<NtryDtls>{batch if first.group else ''}"
        f"{''.join(_details(version, currency, item) for item in items)}</NtryDtls></Ntry>"
    )


def _details(version: str, currency: str, item: Item) -> str:
    amount = f'<Amt Ccy="{currency}">{_number(item.amount)}</Amt>'
    told = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>" if version == "02" else amount + _direction(item.amount)
    party = f"<Nm>{escape(item.counterparty)}</Nm>"
    party = party if version == "02" else f"<Pty>{party}</Pty>"
    role = "Dbtr" if (item.amount > 0) is not bool(item.reverses) else "Cdtr"
    family = f"<Fmly><Cd>MDOP</Cd><SubFmlyCd>{_FAMILIES[item.kind]}</SubFmlyCd></Fmly>"
    return (
        f"\n<TxDtls><Refs><AcctSvcrRef>{escape(item.reference) or 'NONREF'}</AcctSvcrRef>"
        f"<EndToEndId>{escape(item.end_to_end) or 'NOTPROVIDED'}</EndToEndId></Refs>{told}"
        f"<BkTxCd><Domn><Cd>ACMT</Cd>{family}</Domn></BkTxCd>{_charges(version, currency, item.fee)}"
        f"{f'<RltdPties><{role}>{party}</{role}></RltdPties>' if item.counterparty else ''}"
        f"{f'<RmtInf><Ustrd>{escape(item.text)}</Ustrd></RmtInf>' if item.text else ''}</TxDtls>"
    )


def _charges(version: str, currency: str, fee: int) -> str:
    record = f'<Amt Ccy="{currency}">{_number(fee)}</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
    return f"<Chrgs>{record if version == '02' else f'<Rcrd>{record}</Rcrd>'}</Chrgs>" if fee else ""


def _summary(version: str, entries: Sequence[Sequence[Item]]) -> str:
    booked = [sum(item.amount for item in items) for items in entries if items[0].status == "booked"]
    net = sum(booked)
    told = (
        f"<TtlNetNtryAmt>{_number(net)}</TtlNetNtryAmt>{_direction(net)}"
        if version == "02"
        else f"<TtlNetNtry><Amt>{_number(net)}</Amt>{_direction(net)}</TtlNetNtry>"
    )
    credits_ = [amount for amount in booked if amount > 0]
    return (
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(booked)}</NbOfNtries><Sum>{_number(sum(map(abs, booked)))}</Sum>{told}"
        f"</TtlNtries><TtlCdtNtries><NbOfNtries>{len(credits_)}</NbOfNtries><Sum>{_number(sum(credits_))}</Sum>"
        "</TtlCdtNtries></TxsSummry>"
    )


def _type(code: str) -> str:
    return f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"


def _signed(amount: int, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{_number(amount)}</Amt>{_direction(amount)}'


def _number(amount: int) -> str:
    digits = str(abs(amount)).rjust(3, "0")
    return f"{digits[:-2]}.{digits[-2:]}"


def _direction(amount: int) -> str:
    return f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd>"


def _day(name: str, at: str) -> str:
    return f"<{name}><{'DtTm' if 'T' in at else 'Dt'}>{at}</{'DtTm' if 'T' in at else 'Dt'}></{name}>"
