"""Changes to an earlier request: the next papers, other conditions, another period, another length."""

from __future__ import annotations

import calendar
from dataclasses import fields, replace
from datetime import date, timedelta

from paperchat.understanding.calendar_days import day_label
from paperchat.understanding.request import Constraints, Length, Period, Request


def next_papers(request: Request, shown: int) -> Request:
    """The papers after those that have been shown."""
    return replace(request, offset=request.offset + shown, asks_for_count=False, alternatives=())


def with_length(request: Request, length: Length, sentences: int | None = None) -> Request:
    """The same answer, in fewer or in more words."""
    return replace(request, length=length, sentences=sentences)


def narrowed(previous: Request, wanted: Request, topic: str) -> Request:
    """The earlier request with the conditions, the order and the number that the new one has; ``topic`` is added."""
    constraints = {
        one.name: value
        for one in fields(Constraints)
        if (value := getattr(wanted.constraints, one.name)) != one.default
    }
    if "period" in constraints:
        constraints = {"papers": None, **constraints}
    topics = [previous.topic, topic if topic.lower() not in previous.topic.lower() else ""]
    return replace(
        previous,
        topic=" ".join(part for part in topics if part),
        sought=wanted.sought or previous.sought,
        constraints=replace(previous.constraints, **constraints),
        order=wanted.order if wanted.order != "relevance" else previous.order,
        count=wanted.count or previous.count,
        offset=0,
        asks_for_count=wanted.asks_for_count,
        alternatives=(),
        problem=wanted.problem,
        filters=wanted.filters,
    )


def neighbouring(period: Period, *, later: bool) -> Period | None:
    """The period of the same length before or after; whole months stay whole. ``None`` for one that is open."""
    if not period.since or not period.until:
        return None
    since, until = _first_day(period.since), _last_day(period.until)
    if since.day == 1 and until == _end_of_month(until):
        months = (until.year - since.year) * 12 + until.month - since.month + 1
        since = _plus_months(since, months if later else -months)
        until = _end_of_month(_plus_months(since, months - 1))
    else:
        days = (until - since).days + 1
        shift = timedelta(days=days if later else -days)
        since, until = since + shift, until + shift
    label = _label(since, until)
    return replace(period, since=since.isoformat(), until=until.isoformat(), label=label)


def _label(since: date, until: date) -> str:
    if since == until:
        return day_label(since)
    if since.day == 1 and until == _end_of_month(since):
        return f"{calendar.month_name[since.month]} {since.year}"
    return f"{day_label(since)} to {day_label(until)}"


def _first_day(text: str) -> date:
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def _last_day(text: str) -> date:
    parts = [*map(int, text.split("-"))]
    if len(parts) == len(("year", "month", "day")):
        return date(*parts)
    return _end_of_month(date(parts[0], parts[1] if len(parts) > 1 else 12, 1))


def _end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _plus_months(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
