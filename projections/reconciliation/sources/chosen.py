"""Which rows of a file are of the account and the asset that are wanted."""

from collections.abc import Container

from ledger.sources.flaws import shown
from projections.reconciliation.sources.profile import Profile
from projections.reconciliation.sources.raw import Raw
from projections.reconciliation.sources.wanted import Wanted


class Chosen:
    """Chooses rows by their columns `account` and `currency`, as far as a file has them."""

    def __init__(self, profile: Profile, wanted: Wanted, names: Container[str]) -> None:
        self._profile, self._wanted = profile, wanted
        self._by_account, self._by_currency = "account" in names, "currency" in names
        self._known: dict[tuple[str, str], bool] = {}
        self._accounts: dict[str, str] = {}
        self._currencies: dict[str, bool] = {}
        self._met = False
        self._silent: dict[str, int] = {}
        self.needed = self._by_account or self._by_currency

    def takes(self, row: Raw) -> bool:
        """Whether a row is of what is wanted. What leaves out account or currency is taken for it."""
        said = row.fields.get("account", ""), row.fields.get("currency", "")
        known = self._known.get(said)
        if known is None:
            known = self._known[said] = self._is_wanted(*said)
        if not (said[0] and said[1]) and not row.fields.get("row"):
            self._note(said, row.place)
        return known

    def account(self) -> str:
        """The account, as it is asked for or as the file calls it; empty where neither says."""
        return self._wanted.account or next(iter(self._accounts.values()), "")

    def problems(self) -> list[str]:
        """Why it is not clear what is meant: also the first line that does not say what others say."""
        said = {"account": bool(self._accounts), "currency": bool(self._currencies)}
        silent = [f"line {place}: {field}: is missing" for field, place in self._silent.items() if said[field]]
        return silent or self._unclear()

    def _note(self, said: tuple[str, str], place: int) -> None:
        for field, text, is_there in zip(
            ("account", "currency"), said, (self._by_account, self._by_currency), strict=True
        ):
            if is_there and not text:
                self._silent.setdefault(field, place)

    def _unclear(self) -> list[str]:
        wanted, there = self._wanted, ", ".join(sorted(self._accounts.values()))
        if self._by_account and wanted.account and not self._met:
            if self._accounts and _bare(wanted.account) not in self._accounts:
                return [f"account: has no line of {shown(wanted.account)}, only of {there}"]
        elif self._by_account and not wanted.account and len(self._accounts) > 1:
            return [f"account: which one is meant has to be said: the file has {there}"]
        if self._by_currency and self._known and not self._met:
            currencies = ", ".join(sorted(self._currencies))
            return [
                f"currency: has no line in {wanted.commodity}, only in {currencies} (see commodities in the profile)"
            ]
        return []

    def _is_wanted(self, account: str, currency: str) -> bool:
        if currency:
            self._currencies[currency] = True
        in_asset = not currency or self._profile.commodities.get(currency, currency) == self._wanted.commodity
        if account and in_asset:
            self._accounts.setdefault(_bare(account), account)
        first = next(iter(self._accounts), "")
        is_account = not account or _bare(account) == (_bare(self._wanted.account) if self._wanted.account else first)
        self._met = self._met or (in_asset and is_account)
        return in_asset and is_account


def _bare(account: str) -> str:
    """An account's number, however it is spaced."""
    return "".join(account.split())
