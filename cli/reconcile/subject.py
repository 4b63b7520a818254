"""What is reconciled: some accounts, or a field of a report, by the name that the user gives it."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from ledger.accounts import Charters, no_charters
from ledger.chart import part_of
from ledger.errors import UnknownName
from ledger.events import AssetRegistered, FundOpened, PoolOpened
from ledger.journal import Journal
from ledger.values import Account, AssetId, Commodity, FundId, PoolId
from projections.reading import CHARTERED
from projections.reconciliation.paper import OF_ACCOUNTS

if TYPE_CHECKING:
    from projections.reconciliation.paper import Level

_NEAR: Final = 5


class Subject(NamedTuple):
    """What is reconciled, by its one name: accounts in order, or a report and, where one is named, a field of it."""

    name: str
    accounts: tuple[str, ...] = ()
    report: str = ""
    field: str = ""

    @property
    def level(self) -> "Level":
        """Whether movements are matched, or balances compared."""
        return "transactions" if self.accounts else "balances"


def subject_of(text: str) -> Subject:
    """The subject of a name. Raises `UsageError` and `AskedAmiss` for what is none."""
    if not text.isprintable():
        raise click.UsageError(f"{text!r} is no subject")
    if text.startswith(OF_ACCOUNTS):
        accounts = sorted({name.strip() for name in text.removeprefix(OF_ACCOUNTS).split(",")} - {""})
        if not accounts:
            raise click.UsageError(f"{text!r} names no account: account:NAME[,NAME...]")
        return Subject(OF_ACCOUNTS + ",".join(accounts), accounts=tuple(accounts))
    from projections.reconciliation.balances.stated import subject_of as balances_of

    found = balances_of(text)
    return Subject(text, report=found.report.name, field=found.field)


def near(name: str, names: Collection[str]) -> str:
    """Names like one that is not there."""
    found = get_close_matches(name, sorted(names), n=_NEAR) if names else []
    return f"; near it are {', '.join(found)}" if found else ""


def charters_of(journal: Journal) -> Charters:
    """What was ever opened in a book."""
    charters = no_charters()
    for entry in journal.read():
        if entry.type in CHARTERED:
            event = entry.event()
            if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
                event.chart(charters)
    return charters


def commodity_of(subject: Subject, named: str | None, charters: Charters, journal: Journal) -> Commodity:
    """What the accounts of a subject are kept in; where they do not tell it, it is named.

    Raises `AskedAmiss` for an account that is not there, `UsageError` for accounts of several commodities.
    """
    kept = {name: set(_kept_in(Account(name), charters)) for name in subject.accounts}
    for name, commodities in kept.items():
        if not commodities:
            from projections.reconciliation.movements.accounts import unknown_account
            from projections.reconciliation.standing import standing_of

            raise unknown_account(Account(name), journal, standing_of(journal))
    common = set.intersection(*kept.values())
    if named is not None:
        if named not in common:
            raise click.UsageError(f"{subject.name} is not kept in {named}{near(named, common)}")
        return Commodity(named)
    if len(common) != 1:
        told = "; ".join(f"{name} in {', '.join(sorted(of))}" for name, of in kept.items())
        raise click.UsageError(f"one commodity is reconciled at a time, --commodity names it: {told}")
    return common.pop()


def _kept_in(account: Account, charters: Charters) -> Iterator[Commodity]:
    """What an account of the chart may be kept in."""
    owner = account.split(":")[1] if ":" in account else ""
    if (pool := charters.pools.get(PoolId(owner))) is not None:
        candidates = {pool.asset, pool.debt_shares, *(tranche.shares for tranche in pool.tranches.values())}
    elif (fund := charters.funds.get(FundId(owner))) is not None:
        candidates = {fund.asset, fund.shares}
    else:
        return
    for commodity in sorted({*candidates, *charters.assets}):
        try:
            part_of(account, Commodity(commodity), charters)
        except UnknownName:
            continue
        yield Commodity(commodity)


def decimals_of(commodity: Commodity, charters: Charters) -> int:
    """The decimals of an asset; shares have none."""
    return charters.assets.get(AssetId(commodity), 0)
