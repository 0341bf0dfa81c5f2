"""Days of the calendar: months, their parts, spans of time relative to a day, and periods in plain words."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}


def name_day(day: str) -> str:
    """``30 June 2026`` for an ISO date; months, years and other texts stay as they are."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return day
    return day_label(found)


def period_label(since: date | None, until: date | None) -> str:
    """The days in plain words: ``12 June 2026``, ``22 to 28 June 2026``, ``June 2026``, ``since 1 May 2026``."""
    if since is None or until is None:
        return f"since {day_label(since)}" if since else f"until {day_label(until)}" if until else ""
    if since == until:
        return day_label(since)
    if since.day == 1 and until == month_end(until.year, until.month):
        if (since.year, since.month) == (until.year, until.month):
            return f"{calendar.month_name[since.month]} {since.year}"
        if (since.month, until.month, since.year) == (1, 12, until.year):
            return str(since.year)
    first = str(since.day)
    if since.month != until.month or since.year != until.year:
        first += f" {calendar.month_name[since.month]}"
    if since.year != until.year:
        first += f" {since.year}"
    return f"{first} to {day_label(until)}"


def day_label(day: date) -> str:
    """``12 June 2026``."""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def days_of_month(year: int, month: int) -> int:
    """How many days a month has."""
    return calendar.monthrange(year, month)[1]


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, days_of_month(year, month))


def months_back(day: date, count: int) -> date:
    """The first of the days of so many months up to ``day``: 1 September of two months up to 31 October."""
    month = day.year * 12 + day.month - 1 - min(count, 1200)
    year, number = divmod(month, 12)
    return min(date(year, number + 1, 1) + timedelta(days=day.day), month_end(year, number + 1) + timedelta(days=1))


def month_before(month: date) -> date:
    """The first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def quarter_days(year: int, quarter: int) -> tuple[date, date]:
    """The first and last day of a quarter of a year, of which there are four."""
    return date(year, 3 * quarter - 2, 1), month_end(year, 3 * quarter)


def part_of_month(part: str, of: str, month: date) -> tuple[date, date]:
    """The first and last day of a month, or of a part of it.

    Args:
        part: ``first``, ``mid``, ``end`` and so on; the whole month where it is empty.
        of: the ``day``, ``week``, ``half``, ``quarter`` or ``days`` that the part is counted in, if any.
        month: the first day of the month.
    """
    last = days_of_month(month.year, month.month)
    if of == "day":
        day = last if part == "last" else _ORDINALS[part]
        days = day, day
    elif of == "week" and part != "last":
        first = 7 * _ORDINALS[part] - 6
        days = first, first + 6
    elif part == "last" and of == "week":
        days = last - 6, last
    elif of in ("half", "quarter", "days"):
        days = (1, 15) if part in ("first", "1st") else (16, last)
    else:
        days = {"": (1, last), "beginning": (1, 10), "start": (1, 10), "early": (1, 10), "middle": (11, 20)}.get(
            part, (11, 20) if part == "mid" else (21, last)
        )
    return month.replace(day=days[0]), month.replace(day=days[1])


def no_such_day(day: int, month: int, year: int | None = None) -> str:
    """What is said of a day that a month does not have."""
    name = calendar.month_name[month] + (f" {year}" if year else "")
    return f"There is no {day} {name}: {name} has {days_of_month(year or 2024, month)} days."


def relative_spans(today: date) -> dict[str, tuple[date, date]]:
    """The first and last day of spans of time by their names in `lexicon/dates.toml`, such as ``last_week``."""
    week, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last_quarter = month_before(month_before(month_before(quarter)))
    return {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1),) * 2,
        "before_yesterday": (today - timedelta(days=2),) * 2,
        "tomorrow": (today + timedelta(days=1),) * 2,
        "this_week": (week, week + timedelta(days=6)),
        "last_week": (week - timedelta(days=7), week - timedelta(days=1)),
        "week_before_last": (week - timedelta(days=14), week - timedelta(days=8)),
        "next_week": (week + timedelta(days=7), week + timedelta(days=13)),
        "past_week": (today - timedelta(days=6), today),
        "this_weekend": (week - timedelta(days=2), week - timedelta(days=1)),
        "this_month": (month, month_end(month.year, month.month)),
        "last_month": (last_month, month - timedelta(days=1)),
        "next_month": (month_end(month.year, month.month) + timedelta(days=1),) * 2,
        "past_month": (today - timedelta(days=29), today),
        "this_quarter": (quarter, month_end(quarter.year, quarter.month + 2)),
        "last_quarter": (last_quarter, quarter - timedelta(days=1)),
        "this_year": (date(today.year, 1, 1), date(today.year, 12, 31)),
        "last_year": (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
        "past_year": (today - timedelta(days=364), today),
    }
