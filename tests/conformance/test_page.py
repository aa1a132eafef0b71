"""The ledger is honest: each case has a test or is named as open, each test is of the catalogue, and the page says just that."""

import pytest

from tests.conformance import page
from tests.conformance.ledger import LEDGERS, Ledger

each_ledger = pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.title)


@each_ledger
def test_each_test_is_named_after_a_case(ledger: Ledger) -> None:
    assert [test.name for test in ledger.tests() if test.case not in ledger.cases] == []


@each_ledger
def test_each_case_has_a_test_or_a_reason_why_not(ledger: Ledger) -> None:
    exercised = {test.case for test in ledger.tests()}
    assert set(ledger.cases) - exercised == set(ledger.open_cases)


def test_the_page_shows_what_the_tests_say() -> None:
    """A test that fails without saying so is red itself; so the page can be checked without running the cases again."""
    assert page.PAGE.read_text() == page.render(page.expected())


def test_a_case_without_a_test_and_a_failing_one_are_shown_as_such() -> None:
    [ledger] = [ledger for ledger in LEDGERS if ledger.title == "OCPP 1.6"]
    test = next(test for test in ledger.tests() if test.case == "TC_001_CSMS")

    assert page.state("TC_001_CSMS", [], {}) == ("not exercised", "")
    assert page.state("TC_001_CSMS", [test], {}) == ("exercised and passing", "")
    assert page.state("TC_001_CSMS", [test], {(test.file, test.name): "no boot"}) == (
        "exercised and failing",
        "no boot",
    )
