"""Filters resolved for the stores: dates as numbers, authors and paper names as paper ids; and filters as JSON."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from paperchat.errors import UsageError
from paperchat.types import Basis, Filters

_DATE_PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
LAST_DAY = 99991231
_MAX_VALUE_LENGTH = 200  # characters
_MAX_VALUES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedFilters:
    """Conditions on passages. Days are YYYYMMDD, categories and papers are alternatives; ``None`` is no condition.

    A paper without a date has day 0 and is outside every range of days.
    """

    since: int | None = None
    until: int | None = None
    basis: Basis | None = None
    categories: tuple[str, ...] | None = None
    papers: frozenset[str] | None = None

    @property
    def days(self) -> tuple[int, int] | None:
        """The first and last day; ``None`` when there is no condition on the date."""
        if self.since is None and self.until is None:
            return None
        return max(self.since or 1, 1), LAST_DAY if self.until is None else self.until

    @property
    def is_everything(self) -> bool:
        """Whether there is no condition at all."""
        return self == ResolvedFilters()


def validate_filter_values(*values: str) -> None:
    """Check the number and the length of the values that somebody gave to filter by.

    Raises:
        UsageError: there are too many, or one is too long.
    """
    if len(values) > _MAX_VALUES:
        raise UsageError(f"{len(values):,} values to filter by are too many: give at most {_MAX_VALUES}")
    longest = max(map(len, values), default=0)
    if longest > _MAX_VALUE_LENGTH:
        raise UsageError(f"a filter of {longest:,} characters is too long: give at most {_MAX_VALUE_LENGTH}")


def filters_to_json(filters: Filters) -> dict[str, Any]:
    """The filters that are set, as a JSON object."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(filters).items() if value
    }


def filters_from_json(body: Mapping[str, Any]) -> Filters:
    """The filters of a JSON object made by `filters_to_json`."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    return Filters(**values)


def first_day(date: str) -> int:
    """YYYYMMDD of an ISO date, the first day of a bare year or month; 0 for anything else."""
    return _day(date, last=False) or 0


def day_bound(text: str, *, last: bool) -> int | None:
    """YYYYMMDD of a filter's date, the first or last day of a bare year or month; ``None`` when empty.

    Raises:
        UsageError: the text is not a date.
    """
    if not text:
        return None
    day = _day(text.strip(), last=last)
    if day is None:
        raise UsageError(f"{text!r} is not a date: write YYYY-MM-DD, YYYY-MM or YYYY")
    return day


def check_dates(filters: Filters) -> None:
    """Refuse filters that have a malformed date.

    Raises:
        UsageError: one of the dates is malformed.
    """
    day_bound(filters.since, last=False)
    day_bound(filters.until, last=True)


def _day(text: str, *, last: bool) -> int | None:
    match = _DATE_PATTERN.match(text)
    if not match:
        return None
    year = int(match[1])
    month = int(match[2] or (12 if last else 1))
    if not (year and 1 <= month <= 12):
        return None
    length = calendar.monthrange(year, month)[1]
    day = int(match[3] or (length if last else 1))
    return year * 10_000 + month * 100 + day if 1 <= day <= length else None
