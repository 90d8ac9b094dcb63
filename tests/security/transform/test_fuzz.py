"""A slice of the fuzz; the whole is `./run fuzz`."""

from tests.security.transform.fuzz import ALLOWED, MADE, fuzz
from tests.support.mutants import mutant

COUNT = 300


async def test_every_mutant_has_an_end_that_is_allowed() -> None:
    """Damage of any kind is told by its code, and costs no child; the worker never notices."""
    report = await fuzz(COUNT, seed=2026)
    codes = {code for _, code in report.ends}

    assert report.ends.total() == COUNT
    assert codes <= ALLOWED
    assert {MADE, "corrupt_image"} <= codes, "mutants are neither all sound nor all hopeless"
    assert report.deaths.total() == 0, report.notable


def test_a_mutant_is_the_same_again() -> None:
    """What is found can be looked into."""
    assert [mutant(1, number) for number in range(60)] == [mutant(1, number) for number in range(60)]
    assert mutant(1, 7) != mutant(2, 7)
