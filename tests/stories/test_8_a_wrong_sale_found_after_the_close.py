"""A wrong sale, found after its period was closed: January stays as it was reported, and February puts it right.

In January 5 ETH were sold for 380, and recorded as 6 for 300. Told three times. In the first, a charge-off and a loss
stand on the sale: it cannot be reversed under them, and an adjustment in February makes it good. In the second, nothing
depends on the sale yet: a reversal in February undoes it, and the right sale is recorded there. In the third, what
depends on it is reversed first, newest first. All three come to the same balances.
"""

from ledger.errors import ClosedPeriod, ReversalRefused, UnbalancedEntry, WrongSide, WrongState
from ledger.values import EventId, Timestamp
from projections.reading import Asked, Shown
from tests.histories import recorded, rows_of, shown
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    ETH,
    OTHER_LENDER,
    POOL,
    SOCIALIZE,
    Story,
    adjustment_posted,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
    loan_defaulted,
    loan_originated,
    part,
    period_closed,
    pool_opened,
    posted,
    recovery_allocated,
    reserve_contributed,
    shortfall_recognized,
    told,
)

OPENED, DEFAULTED = Timestamp("2023-01-02T09:00:00Z"), Timestamp("2023-01-10T09:00:00Z")
SOLD, CHARGED_OFF = Timestamp("2023-01-20T09:00:00Z"), Timestamp("2023-01-25T09:00:00Z")
JANUARY = Timestamp("2023-01-31T23:59:59Z")
CLOSED, LATE, ASKED = (Timestamp(f"2023-02-0{day}T09:00:00Z") for day in (1, 5, 7))
FOUND, LAST_SALE = Timestamp("2023-02-10T09:00:00Z"), Timestamp("2023-02-20T09:00:00Z")
WRONG_SALE, CHARGE_OFF, LOSS = EventId("wrong-sale"), EventId("charge-off"), EventId("loss")

UNTOUCHED_SHARES = {
    "register:pool:lenders": -1000,
    "register:pool:lenders:lender": 600,
    "register:pool:lenders:other-lender": 400,
}


def the_wrong_sale() -> Story:
    """600 lent out of 1000 against 10 ETH, all of it in default; the sale of 5 ETH for 380 is recorded as 6 for 300."""
    return told(
        asset_registered(at=OPENED),
        asset_registered(at=OPENED, asset=ETH, decimals=18),
        pool_opened(at=OPENED, waterfall=(SOCIALIZE,)),
        deposited(at=OPENED, assets=600, shares=600),
        deposited(at=OPENED, lender=OTHER_LENDER, assets=400, shares=400),
        loan_originated(at=OPENED, principal=600),
        collateral_posted(at=OPENED, quantity=10),
        loan_defaulted(at=DEFAULTED, principal=600, interest=0),
        collateral_sold(at=SOLD, id=WRONG_SALE, quantity=6, proceeds=300, principal=300),
    )


def finish(story: Story) -> Story:
    """The other 5 ETH bring 75 less 5 after the charge-off: 20 for the deficit, 50 for those who bore."""
    return story.then(
        collateral_sold(at=LAST_SALE, quantity=5, proceeds=75, costs=5, principal=0, recovery=70),
        recovery_allocated(at=LAST_SALE, parts=(part("deficit", 20), part("tranche", 50))),
        case_closed(at=LAST_SALE, outcome="settled"),
    )


# The first telling: an adjustment.


def built_on_and_closed() -> Story:
    """250 is charged off and 200 of it borne by the lenders; 50 is open, 50 still in default; January is closed."""
    return the_wrong_sale().then(
        shortfall_recognized(at=CHARGED_OFF, id=CHARGE_OFF, principal=250),
        bad_debt_socialized(at=CHARGED_OFF, id=LOSS, amount=200),
        period_closed(at=CLOSED, through=JANUARY),
    )


def adjusted() -> Story:
    """80 more came in than was recorded: 50 for what is in default, 30 for the deficit. One ETH more is still there."""
    return built_on_and_closed().then(
        adjustment_posted(
            at=FOUND,
            occurred_at=SOLD,
            pool=POOL,
            reason="5 ETH were sold for 380, not 6 for 300",
            postings=posted(
                ("assets:pool:cash", 80),
                ("assets:pool:defaulted:loan:principal", -50),
                ("assets:pool:deficit:case", -30),
                ("assets:pool:collateral:loan", 1, ETH),
                ("liabilities:pool:collateral:loan", -1, ETH),
            ),
        ),
        reserve_contributed(at=LATE, amount=40),
    )


def adjusted_and_settled() -> Story:
    return finish(adjusted())


def test_january_is_closed_with_the_wrong_sale_in_it() -> None:
    story = built_on_and_closed()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 700,  # 1000 - 600 + 300
            "assets:pool:defaulted:loan:principal": 50,  # 600 - 300 - 250
            "assets:pool:deficit:case": 50,  # 250 - 200
            "liabilities:pool:claims:lenders": -800,
        },
        "ETH": {"assets:pool:collateral:loan": 4, "liabilities:pool:collateral:loan": -4},
        "shares:pool:lenders": UNTOUCHED_SHARES,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 600,
            "proceeds": 300,
            "in_default": 50,
            "recognized": 250,
            "socialized": 200,
            "open": 50,
            "opened_at": "2023-01-10T09:00:00Z",
            "age_days": 22,  # 10 January to 1 February
        }
    }


def test_a_sale_of_a_closed_period_is_not_reversed_in_it() -> None:
    story = built_on_and_closed()

    story.refuses(
        story.reversal(of=WRONG_SALE),
        ClosedPeriod,
        "the books are closed through 2023-01-31T23:59:59Z, and 2023-01-20T09:00:00Z is not after that",
    )
    story.refuses(
        story.reversal(of=WRONG_SALE, at=FOUND),
        ReversalRefused,
        "the time of the original, 2023-01-20T09:00:00Z, is in a closed period: occurred_at must say it",
    )


def test_a_sale_is_not_reversed_under_what_depends_on_it() -> None:
    story = built_on_and_closed()

    story.refuses(
        story.reversal(of=WRONG_SALE, at=FOUND, occurred_at=SOLD),
        ReversalRefused,
        "collateral-sold wrong-sale at position 9 has later entries that depend on it: charge-off, loss; "
        "reverse them first, newest first, or post an adjustment",
    )


def test_an_adjustment_keeps_the_laws_too() -> None:
    story = built_on_and_closed()
    in_january = adjustment_posted(
        at=SOLD, pool=POOL, postings=posted(("assets:pool:cash", 1), ("assets:pool:deficit:case", -1))
    )
    one_sided = adjustment_posted(at=FOUND, pool=POOL, postings=posted(("assets:pool:cash", 80)))
    too_much = adjustment_posted(
        at=FOUND,
        pool=POOL,
        postings=posted(("assets:pool:cash", 80), ("assets:pool:defaulted:loan:principal", -80)),
    )
    performing = adjustment_posted(
        at=FOUND,
        pool=POOL,
        postings=posted(("assets:pool:cash", 80), ("assets:pool:loans:loan:principal", -80)),
    )

    story.refuses(in_january, ClosedPeriod, "the books are closed through 2023-01-31T23:59:59Z")
    story.refuses(one_sided, UnbalancedEntry, "postings to accounts of money in USD sum to 80, not to 0")
    story.refuses(too_much, WrongSide, "assets:pool:defaulted:loan:principal holds 50 of USD")
    story.refuses(performing, WrongState, "loan loan of pool pool is in default under case case")


def test_an_adjustment_puts_the_sale_right_and_is_flagged() -> None:
    story = adjusted()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 820,  # 700 + 80 + 40
            "assets:pool:deficit:case": 20,  # 50 - 30
            "equity:pool:reserve": -40,
            "liabilities:pool:claims:lenders": -800,
        },
        "ETH": {"assets:pool:collateral:loan": 5, "liabilities:pool:collateral:loan": -5},
        "shares:pool:lenders": UNTOUCHED_SHARES,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 600,
            "adjusted_in_default": -50,
            "proceeds": 300,
            "recognized": 250,
            "adjusted_open": -30,
            "socialized": 200,
            "open": 20,
            "opened_at": "2023-01-10T09:00:00Z",
            "age_days": 31,  # 10 January to 10 February
        }
    }
    assert rows(story, "loans") == {
        "pool loan": {"borrower": "borrower", "status": "in-default", "collateral": {"ETH": 5}}
    }
    assert steps(story) == [
        ("loan-defaulted", "exposure", None, 0, 600),
        ("collateral-sold", "collateral", 300, 300, 300),
        ("shortfall-recognized", "shortfall", None, 0, 300),
        ("bad-debt-socialized", "tranche lenders", 1000, 200, 100),
        ("adjustment-posted", "adjustment", None, 0, 20),
    ]


def test_january_reads_as_it_was_closed_and_february_as_it_was_put_right() -> None:
    story = adjusted()
    journal = recorded(story.facts)

    assert trial_balance(story, as_of=JANUARY) == trial_balance(built_on_and_closed())
    assert trial_balance(story, as_of=ASKED) == {
        "USD": {
            "assets:pool:cash": 740,  # 700 + 40: what was contributed on 5 February was learned after the adjustment
            "assets:pool:defaulted:loan:principal": 50,
            "assets:pool:deficit:case": 50,
            "equity:pool:reserve": -40,
            "liabilities:pool:claims:lenders": -800,
        },
        "ETH": {"assets:pool:collateral:loan": 4, "liabilities:pool:collateral:loan": -4},
        "shares:pool:lenders": UNTOUCHED_SHARES,
    }
    assert trial_balance(story, as_of=FOUND) == trial_balance(story)
    assert shown(journal, Asked(as_of=JANUARY)) == Shown(14, JANUARY, None, late=0, adjusted=0)
    assert shown(journal, Asked(as_of=ASKED)) == Shown(14, ASKED, None, late=1, adjusted=0)
    assert shown(journal, Asked(as_of=FOUND)) == Shown(14, FOUND, None, late=0, adjusted=1)
    assert shown(journal, Asked(position=12)) == Shown(12, CLOSED, None, late=0, adjusted=0)


def test_the_adjusted_case_is_settled() -> None:
    story = adjusted_and_settled()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 890,  # 820 + 75 - 5
            "equity:pool:reserve": -40,
            "liabilities:pool:claims:lenders": -850,  # 800 + 50
        },
        "shares:pool:lenders": UNTOUCHED_SHARES,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 600,
            "adjusted_in_default": -50,
            "proceeds": 375,
            "costs": 5,
            "other": 70,
            "recognized": 250,
            "adjusted_open": -30,
            "socialized": 200,
            "recovered": 20,
            "restored": 50,
            "opened_at": "2023-01-10T09:00:00Z",
            "age_days": None,
        }
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {
            "shares": 600,
            "balance": 510,
            "deposited": 600,
            "losses": 120,
            "recoveries": 30,
        },
        "pool lenders other-lender": {
            "shares": 400,
            "balance": 340,
            "deposited": 400,
            "losses": 80,
            "recoveries": 20,
        },
    }


# The second telling: a reversal.


def closed_before_anything_else() -> Story:
    return the_wrong_sale().then(period_closed(at=CLOSED, through=JANUARY))


def reversed_and_sold_right() -> Story:
    """The sale is undone in February, and recorded there as it was: both say that it occurred in January."""
    story = closed_before_anything_else()
    return story.then(
        story.reversal(of=WRONG_SALE, at=FOUND, occurred_at=SOLD, reason="5 ETH were sold for 380, not 6 for 300"),
        collateral_sold(at=FOUND, occurred_at=SOLD, quantity=5, proceeds=380, principal=380),
        reserve_contributed(at=LATE, amount=40),
    )


def reversed_and_settled() -> Story:
    """What the right sale leaves, 220, is charged off in February: 200 borne by the lenders, 20 open."""
    charged_off = reversed_and_sold_right().then(
        shortfall_recognized(at=FOUND, id=CHARGE_OFF, principal=220),
        bad_debt_socialized(at=FOUND, id=LOSS, amount=200),
    )
    return finish(charged_off)


def test_a_reversal_in_the_open_period_undoes_the_sale() -> None:
    story = reversed_and_sold_right()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 820,  # 1000 - 600 + 380 + 40
            "assets:pool:defaulted:loan:principal": 220,  # 600 - 380
            "equity:pool:reserve": -40,
            "liabilities:pool:claims:lenders": -1000,
        },
        "ETH": {"assets:pool:collateral:loan": 5, "liabilities:pool:collateral:loan": -5},
        "shares:pool:lenders": UNTOUCHED_SHARES,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 600,
            "proceeds": 380,
            "in_default": 220,
            "opened_at": "2023-01-10T09:00:00Z",
            "age_days": 31,
        }
    }
    assert steps(story) == [
        ("loan-defaulted", "exposure", None, 0, 600),
        ("collateral-sold", "collateral", 380, 380, 220),
    ]


def test_the_events_and_the_register_show_what_was_reversed() -> None:
    journal = recorded(reversed_and_sold_right().facts)

    assert [row["type"] for row in rows_of("events", journal, case="case")] == [
        "loan-defaulted",
        "collateral-sold",
        "entry-reversed",
        "collateral-sold",
    ]
    assert [
        (row["type"], row["amount"], row["balance"])
        for row in rows_of("register", journal, case="case")
        if row["account"] == "assets:pool:cash"
    ] == [("collateral-sold", 300, 700), ("entry-reversed", -300, 400), ("collateral-sold", 380, 780)]


def test_an_entry_is_reversed_once_and_a_reversal_never() -> None:
    story = reversed_and_sold_right()

    story.refuses(
        story.reversal(of=WRONG_SALE, at=FOUND, occurred_at=SOLD),
        ReversalRefused,
        "collateral-sold wrong-sale is reversed already",
    )
    story.refuses(story.reversal(of="fact-11", at=FOUND), ReversalRefused, "entry-reversed fact-11 stays")


def test_january_reads_as_it_was_closed_before_the_reversal_and_after_it() -> None:
    story = reversed_and_sold_right()
    journal = recorded(story.facts)

    assert trial_balance(story, as_of=JANUARY) == {
        "USD": {
            "assets:pool:cash": 700,
            "assets:pool:defaulted:loan:principal": 300,  # 600 - 300
            "liabilities:pool:claims:lenders": -1000,
        },
        "ETH": {"assets:pool:collateral:loan": 4, "liabilities:pool:collateral:loan": -4},
        "shares:pool:lenders": UNTOUCHED_SHARES,
    }
    assert trial_balance(story, as_of=JANUARY) == trial_balance(closed_before_anything_else())
    assert trial_balance(story, as_of=ASKED) == {
        "USD": {
            "assets:pool:cash": 740,
            "assets:pool:defaulted:loan:principal": 300,
            "equity:pool:reserve": -40,
            "liabilities:pool:claims:lenders": -1000,
        },
        "ETH": {"assets:pool:collateral:loan": 4, "liabilities:pool:collateral:loan": -4},
        "shares:pool:lenders": UNTOUCHED_SHARES,
    }
    assert trial_balance(story, as_of=FOUND) == trial_balance(story)
    assert shown(journal, Asked(as_of=JANUARY)) == Shown(13, JANUARY, None, late=0, adjusted=0)
    assert shown(journal, Asked(as_of=ASKED)) == Shown(13, ASKED, None, late=1, adjusted=0)
    assert shown(journal, Asked(as_of=FOUND)) == Shown(13, FOUND, None, late=0, adjusted=0)


def test_the_reversed_case_is_settled() -> None:
    story = reversed_and_settled()

    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 600,
            "proceeds": 455,  # 380 + 75
            "costs": 5,
            "other": 70,
            "recognized": 220,
            "socialized": 200,
            "recovered": 20,
            "restored": 50,
            "opened_at": "2023-01-10T09:00:00Z",
            "age_days": None,
        }
    }


# The third telling: what depends on the sale is reversed before it.


def all_reversed_and_settled() -> Story:
    """The loss, the charge-off and the sale are undone in this order; then it goes on as in the second telling."""
    story = built_on_and_closed()
    story.then(story.reversal(of=LOSS, at=FOUND, occurred_at=CHARGED_OFF))
    story.then(story.reversal(of=CHARGE_OFF, at=FOUND, occurred_at=CHARGED_OFF))
    story.then(
        story.reversal(of=WRONG_SALE, at=FOUND, occurred_at=SOLD),
        collateral_sold(at=FOUND, occurred_at=SOLD, quantity=5, proceeds=380, principal=380),
        reserve_contributed(at=LATE, amount=40),
        shortfall_recognized(at=FOUND, principal=220),
        bad_debt_socialized(at=FOUND, amount=200),
    )
    return finish(story)


def test_the_charge_off_is_not_reversed_before_the_loss() -> None:
    story = built_on_and_closed()

    story.refuses(
        story.reversal(of=CHARGE_OFF, at=FOUND, occurred_at=CHARGED_OFF),
        ReversalRefused,
        "shortfall-recognized charge-off at position 10 has later entries that depend on it: loss;",
    )


def test_the_case_whose_entries_were_all_reversed_is_settled_as_if_they_had_never_been() -> None:
    story = all_reversed_and_settled()

    assert rows(story, "deficits") == rows(reversed_and_settled(), "deficits")
    assert steps(story) == [
        ("loan-defaulted", "exposure", None, 0, 600),
        ("collateral-sold", "collateral", 380, 380, 220),
        ("shortfall-recognized", "shortfall", None, 0, 220),
        ("bad-debt-socialized", "tranche lenders", 1000, 200, 20),
        ("collateral-sold", "collateral", 70, 0, 20),
        ("recovery-allocated", "recoveries", 70, 20, 0),
        ("case-closed", "closed", None, 0, 0),
    ]
    assert trial_balance(story, as_of=JANUARY) == trial_balance(built_on_and_closed())


def test_the_three_tellings_come_to_the_same() -> None:
    balances, lenders = trial_balance(adjusted_and_settled()), rows(adjusted_and_settled(), "lenders")

    assert trial_balance(reversed_and_settled()) == balances
    assert trial_balance(all_reversed_and_settled()) == balances
    assert rows(reversed_and_settled(), "lenders") == lenders
    assert rows(all_reversed_and_settled(), "lenders") == lenders


def test_all_three_hold_together_at_every_position() -> None:
    holds_together(adjusted_and_settled())
    holds_together(reversed_and_settled())
    holds_together(all_reversed_and_settled())
