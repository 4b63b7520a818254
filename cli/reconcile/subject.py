"""What is reconciled: some accounts, or a field of a report, by the name that the user gives it."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from ledger.accounts import Charters, no_charters
from ledger.events import AssetRegistered, FundOpened, PoolOpened
from ledger.journal import Journal
from ledger.values import Account, AssetId, Commodity
from projections.reading import CHARTERED
from projections.reconciliation.movements.accounts import kept_in, may_be_kept_in, unknown_account
from projections.reconciliation.paper import OF_ACCOUNTS
from projections.reconciliation.standing import standing_of

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


def charters_of(subject: Subject, journal: Journal) -> Charters:
    """What was opened in a book, as far as that tells what the accounts of a subject are kept in."""
    charters, names = no_charters(), [Account(name) for name in subject.accounts]
    for entry in journal.read():
        if entry.type in CHARTERED:
            event = entry.event()
            if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
                event.chart(charters)
            if all(kept_in(name, charters) for name in names):
                break
    return charters


def commodity_of(subject: Subject, named: str | None, charters: Charters, journal: Journal) -> Commodity:
    """What the accounts of a subject are kept in; where they do not tell it, it is named.

    Raises `AskedAmiss` for an account that is not there, `UsageError` for accounts of several commodities.
    """
    names = [Account(name) for name in subject.accounts]
    kept = {name: kept_in(name, charters) or may_be_kept_in(name, charters) for name in names}
    for name, commodities in kept.items():
        if not commodities:
            raise unknown_account(name, journal, standing_of(journal))
    common = set.intersection(*kept.values())
    if named is not None:
        if named not in common:
            raise click.UsageError(f"{subject.name} is not kept in {named}{near(named, common)}")
        return Commodity(named)
    if len(common) != 1:
        told = "; ".join(f"{name} in {', '.join(sorted(of))}" for name, of in kept.items())
        raise click.UsageError(f"one commodity is reconciled at a time, --commodity names it: {told}")
    return common.pop()


def decimals_of(commodity: Commodity, charters: Charters) -> int:
    """The decimals of an asset; shares have none."""
    return charters.assets.get(AssetId(commodity), 0)
