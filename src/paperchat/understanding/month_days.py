"""Months of the calendar: how many days they have, and days and periods in plain words."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


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
