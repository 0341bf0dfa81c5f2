import pytest

from paperchat.errors import UsageError
from paperchat.storage.filters import ResolvedFilters, day_bound, first_day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02-29", 20240229, 20240229),
        ("2024-02", 20240201, 20240229),
        ("2023", 20230101, 20231231),
        (" 2023 ", 20230101, 20231231),
        ("", None, None),
    ],
)
def test_a_bound_is_a_day_a_month_or_a_year(text: str, first: int | None, last: int | None) -> None:
    assert day_bound(text, last=False) == first
    assert day_bound(text, last=True) == last


@pytest.mark.parametrize("text", ["yesterday", "2024-13", "2024-02-30", "24-01-01", "2024-1-1", "0000", "2024/01/01"])
def test_an_invalid_date_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a date: write YYYY-MM-DD") as caught:
        day_bound(text, last=False)
    assert "\n" not in str(caught.value)


def test_a_papers_day_is_0_when_its_date_is_unknown() -> None:
    assert first_day("2024-10-18") == 20241018
    assert first_day("2024") == 20240101
    assert first_day("") == first_day("soon") == 0


def test_a_range_of_days_leaves_out_papers_without_a_date() -> None:
    assert ResolvedFilters().days is None
    assert ResolvedFilters(until=20240101).days == (1, 20240101)
    assert ResolvedFilters(since=20240101).days == (20240101, 99991231)
