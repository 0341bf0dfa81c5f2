"""Reads days and periods in a question, relative to today or, where the library ends earlier, to its newest day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from paperchat import lexicon
from paperchat.understanding.calendar_days import (
    days_of_month,
    month_before,
    month_end,
    months_back,
    no_such_day,
    part_of_month,
    period_label,
    quarter_days,
    relative_spans,
)
from paperchat.understanding.request import Period

STALE_DAYS = 3
"""A library whose newest day is longer ago than this is asked as if that day were today."""

_LEXICON = lexicon.load("dates")
_NUMBERS = {word: at for at, word in enumerate(_LEXICON.text("fragments.number").split("|"), start=1)}
_MONTHS = {name: at for at, names in enumerate(_LEXICON.phrases("months"), start=1) for name in names.split("|")}
_WEEKDAYS = tuple(re.compile(names, re.IGNORECASE) for names in _LEXICON.phrases("weekdays"))
_AMBIGUOUS = _LEXICON.words("ambiguous")
_AMBIGUOUS_WEEKDAYS = _LEXICON.words("ambiguous_weekdays")
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_WEEKDAY = "(?:" + "|".join(_LEXICON.phrases("weekdays")) + ")"
_YEAR = r"(?:19|20)\d\d"
_PART = f"(?:{_LEXICON.regex('phrases.part')})"
_FEW = {"couple of": 2, "few": 3, "several": 3, "a": 1, "一": 1, "二": 2, "两": 2, "三": 3}
_UNITS = {"day": 1, "tage": 1, "jours": 1, "días": 1, "dias": 1, "giorni": 1, "天": 1}
_UNITS |= {"week": 7, "wochen": 7, "semaines": 7, "semanas": 7, "settimane": 7, "周": 7}
_UNITS |= {"month": 30, "monate": 30, "mois": 30, "meses": 30, "mesi": 30, "月": 30, "year": 365}


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_PAST = _compile(_LEXICON.regex("phrases.past"))
_AGO = _compile(_LEXICON.regex("phrases.ago"))
_DAYS = {name: _compile(_LEXICON.regex(f"days.{name}")) for name in _LEXICON.keys("days")}
_SPANS = {name: _compile(_LEXICON.regex(f"spans.{name}")) for name in _LEXICON.keys("spans")}
_ISO = _compile(rf"(?<![\d.-])(?P<y>{_YEAR})[-/](?P<m>\d\d?)(?:[-/](?P<d>\d\d?))?(?![\d-])")
_SLASHED = _compile(rf"(?<![\w/.])(?P<a>\d\d?)/(?P<b>\d\d?)(?:/(?P<y>{_YEAR}|\d\d))?(?![\w/]|\.\d)")
_BEFORE_SLASHED = _compile(_LEXICON.regex("phrases.before_slashed") + "$")
_DOTTED = _compile(rf"(?<![\d.])(?P<d>\d\d?)\.\s?(?P<m>\d\d?)\.(?P<y>{_YEAR})?(?![\d])")
_DAY_MONTH = _compile(
    rf"(?:\b{_WEEKDAY},?\s+)?(?:\bthe\s+)?(?<!top )(?<!best )(?<!first )(?<!newest )(?<!last )(?<!latest )(?<![\d.-])"
    r"\b(?P<d>\d\d?)(?:st|nd|rd|th|\.|er)?(?:\s+(?:of|de))?\s+"
    rf"(?P<m>{_MONTH})\b\.?(?:,?\s+(?:de\s+)?(?P<y>{_YEAR})\b)?"
)
_MONTH_DAY = _compile(
    rf"(?:\b{_WEEKDAY},?\s+)?\b(?P<m>{_MONTH})\b\.?\s+(?:the\s+)?(?P<d>\d\d?)(?:st|nd|rd|th)?\b(?![.%])"
    rf"(?!\s*(?:upvotes?|or more)\b)(?:,?\s+(?P<y>{_YEAR})\b)?"
)
_CHINESE = _compile(r"(?:(?P<y>(?:19|20)\d\d)年)?(?P<m>1[0-2]|0?[1-9])月(?:(?P<d>\d\d?)[日号])?")
_MONTH_ALONE = _compile(rf"(?:\b{_PART})?\b(?P<m>{_MONTH})\b(?:['’]s)?(?:,?\s+(?:of\s+|de\s+)?(?P<y>{_YEAR})\b)?")
_DAYS_OF_MONTH = _compile(
    rf"(?<![\d.])\b(?P<d>\d\d?)(?:st|nd|rd|th|\.|er)?{_LEXICON.regex('phrases.joined')}(?P<e>\d\d?)(?:st|nd|rd|th|\.)?"
    rf"\s+(?:(?:of|de)\s+)?(?P<m>{_MONTH})\b(?:,?\s+(?:de\s+)?(?P<y>{_YEAR})\b)?"
    rf"|\b(?P<m2>{_MONTH})\s+(?P<d2>\d\d?)(?:st|nd|rd|th)?{_LEXICON.regex('phrases.joined')}(?P<e2>\d\d?)"
    rf"(?:st|nd|rd|th)?\b(?:,?\s+(?P<y2>{_YEAR})\b)?"
    rf"|(?P<m3>1[0-2]|0?[1-9])月(?P<d3>\d\d?)[日号]?{_LEXICON.regex('phrases.joined')}(?:(?P=m3)月)?(?P<e3>\d\d?)[日号]"
)
_UNITS_OF_MONTH = _compile(
    rf"{_LEXICON.regex('phrases.of_month')}(?P<m>{_MONTH})\b(?:,?\s+(?:of\s+|de\s+)?(?P<y>{_YEAR})\b)?"
)
_WEEK_OF = _compile(f"(?:{_LEXICON.regex('phrases.week_of')})$")
_DAYS_ALONE = _compile(_LEXICON.regex("phrases.days_alone"))
_HOLIDAYS = {name: _compile(_LEXICON.regex(f"holidays.{name}")) for name in _LEXICON.keys("holidays")}
_APPOSED = _compile(_LEXICON.regex("phrases.apposed"))
_MONTHS_JOINED = _compile(
    rf"\b(?P<m>{_MONTH}){_LEXICON.regex('phrases.joined')}(?P<n>{_MONTH})\b(?:,?\s+(?P<y>{_YEAR})\b)?"
)
_QUARTER = _compile(rf"\bq(?P<q>[1-4])\b(?:[\s,/]+(?:of\s+)?(?P<y>{_YEAR})\b)?|\b(?P<y2>{_YEAR})[\s-]?q(?P<q2>[1-4])\b")
_YEAR_ALONE = _compile(
    r"(?:(?<=\bin )|(?<=\bof )|(?<=\bfrom )|(?<=\bsince )|(?<=\bbefore )|(?<=\bafter )|(?<=\buntil )|(?<=\bduring )"
    r"|(?<=\bthan )|(?<=\bto )|(?<=\band )|(?<=\bseit )|(?<=\bdepuis )|(?<=\bdesde )|(?<=\ben )|(?<=\bem )|^)"
    rf"(?P<y>{_YEAR})\b"
    rf"(?!['’]s\b)|\b(?P<y2>{_YEAR})(?= (?:papers|articles|publications))|(?P<y3>{_YEAR})年"
)
_WEEKDAY_ALONE = _compile(rf"\b(?P<last>(?:last|past|letzten)\s+)?(?P<day>{_WEEKDAY})(?:['’]s)?\b")
_BEFORE = {
    name: _compile(f"(?:{_LEXICON.regex(f'phrases.{name}')})$") for name in ("since", "after", "until", "before")
}
_ON = _compile(f"\\b(?:{_LEXICON.regex('phrases.on')})$")
_LAST = _compile(_LEXICON.regex("phrases.last_units"))
_JOINED = _compile(_LEXICON.regex("phrases.joined"))
_FROM = _compile(r"(?:\b(?:from|between|entre|von|zwischen|du|da)\s+(?:the\s+)?)$")
_ONWARDS = _compile(_LEXICON.regex("phrases.onwards"))
_PUBLISHED = _compile(_LEXICON.regex("phrases.published"))
_LAST_VISIT = _compile(_LEXICON.regex("phrases.last_visit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPeriod:
    """A period and the characters of the question that say it.

    Attributes:
        problem: why it is no date, where it is none: ``There is no 31 June: June has 30 days.``
        since_last_visit: it began when the visitor was last here; the period is empty.
    """

    period: Period
    start: int
    end: int
    problem: str = ""
    since_last_visit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dates:
    """Days from ``first`` to ``last`` as the characters from ``start`` to ``end`` say them."""

    first: date
    last: date
    start: int
    end: int
    relative: bool = False


class _ImpossibleDateError(Exception):
    """A date that no calendar has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReader:
    """Reads dates.

    Args:
        today: the day on which the question is asked.
        oldest: the first day of the library's papers, ISO; empty for an empty library, as is ``newest``.
    """

    today: date
    oldest: str = ""
    newest: str = ""

    @property
    def anchored(self) -> bool:
        """Whether relative dates are relative to the library's newest day."""
        return bool(self.newest) and (self.today - date.fromisoformat(self.newest)).days > STALE_DAYS

    @property
    def reference(self) -> date:
        """The day that relative dates are relative to."""
        return date.fromisoformat(self.newest) if self.anchored else self.today

    def find(self, question: str) -> FoundPeriod | None:
        """The period that the question names, if any."""
        if visit := _LAST_VISIT.search(question):
            return FoundPeriod(period=Period(), start=visit.start(), end=visit.end(), since_last_visit=True)
        try:
            dates = self._dates(question)
        except _ImpossibleDateError as error:
            text, start, end = error.args
            return FoundPeriod(period=Period(), start=start, end=end, problem=text)
        if not dates:
            return None
        first = dates[0]
        since: date | None = first.first
        until: date | None = first.last
        start, end, relative = first.start, first.end, first.relative
        apposed, rest = _without_apposed(question, _without_weekday(dates))
        if len(rest) > 1 and _JOINED.fullmatch(question[rest[0].end : rest[1].start]):
            since, until = min(first.first, rest[1].first), max(first.last, rest[1].last)
            end, relative = rest[1].end, relative or rest[1].relative
            if match := _FROM.search(question[:start]):
                start = match.start()
        else:
            first, relative = apposed, apposed.relative
            since, until, start, end = self._bounded(question, apposed)
        if match := _FROM.search(question[:start]) if first.first != first.last else None:
            start = match.start()
        if match := _ON.search(question[:start]):
            start = match.start()
        return FoundPeriod(
            period=Period(
                since=since.isoformat() if since else "",
                until=until.isoformat() if until else "",
                label=period_label(since, until),
                published=bool(_PUBLISHED.search(question)),
                anchored=relative and self.anchored,
            ),
            start=start,
            end=end,
        )

    def _bounded(self, question: str, dates: _Dates) -> tuple[date | None, date | None, int, int]:
        """The period that the words around a date make of it: ``since``, ``before`` and so on."""
        before, after = question[: dates.start], question[dates.end :]
        if match := _BEFORE["since"].search(before):
            return dates.first, None, match.start(), dates.end
        if match := _BEFORE["after"].search(before):
            return dates.last + timedelta(days=1), None, match.start(), dates.end
        if match := _BEFORE["until"].search(before):
            return None, dates.last, match.start(), dates.end
        if match := _BEFORE["before"].search(before):
            return None, dates.first - timedelta(days=1), match.start(), dates.end
        if match := _ONWARDS.match(after):
            return dates.first, None, dates.start, dates.end + match.end()
        return dates.first, dates.last, dates.start, dates.end

    def _dates(self, question: str) -> list[_Dates]:
        """All dates of the question in its order, none within another."""
        chosen: list[_Dates] = []
        for found in self._all_dates(question):
            if all(found.end <= other.start or found.start >= other.end for other in chosen):
                chosen.append(found)
        return sorted(chosen, key=lambda one: one.start)

    def _all_dates(self, question: str) -> Iterator[_Dates]:
        """Dates, the longer ways to write one first."""
        for match in _ISO.finditer(question):
            year, month, day = int(match["y"]), int(match["m"]), match["d"]
            yield _written(match, year, month, int(day) if day else None)
        for match in _DAYS_OF_MONTH.finditer(question):
            month = int(match["m3"]) if match["m3"] else _MONTHS[(match["m"] or match["m2"]).lower()]
            first, last = match["d"] or match["d2"] or match["d3"], match["e"] or match["e2"] or match["e3"]
            written = match["y"] or match["y2"]
            one, other = (self._day(match, int(day), month, written) for day in (first, last))
            yield _Dates(first=one, last=other, start=match.start(), end=match.end())
        yield from filter(None, (self._slashed(question, match) for match in _SLASHED.finditer(question)))
        for pattern in (_DOTTED, _DAY_MONTH, _MONTH_DAY, _CHINESE):
            for match in pattern.finditer(question):
                month = int(match["m"]) if match["m"].isdigit() else _MONTHS[match["m"].lower()]
                if match["d"]:
                    day = self._day(match, int(match["d"]), month, match["y"])
                    yield _day_or_week(question, day, match)
                elif pattern is _CHINESE:
                    yield self._month(match, month, match["y"])
        for name, pattern in _HOLIDAYS.items():
            for match in pattern.finditer(question):
                month, number = map(int, name.split("-"))
                yield _day_or_week(question, date(self._year_of(month, number), month, number), match)
        for match in _DAYS_ALONE.finditer(question):
            if found := self._days_alone(match):
                yield found
        yield from self._periods(question)
        yield from self._relative(question)

    def _slashed(self, question: str, match: re.Match[str]) -> _Dates | None:
        """``04/17/2025`` or ``17/4``: where both orders are dates, the month is first unless only the other is one that
        the library has; without a year or a preposition before it it is no date.
        """
        if not (match["y"] or _BEFORE_SLASHED.search(question[: match.start()])):
            return None
        one, other, year = int(match["a"]), int(match["b"]), match["y"]
        year = f"20{year}" if year and len(year) == len("25") else year
        orders = [(month, day) for month, day in ((one, other), (other, one)) if 1 <= month <= 12 and 1 <= day <= 31]
        if not orders:
            raise _ImpossibleDateError(f"{match[0]} is not a date: there are 12 months.", match.start(), match.end())
        days = [self._day(match, day, month, year) for month, day in orders]
        chosen = next((day for day in days if self.oldest <= day.isoformat() <= self.newest), days[0])
        return _day_or_week(question, chosen, match)

    def _days_alone(self, match: re.Match[str]) -> _Dates | None:
        """``between the 3rd and the 7th``: of the last month that had them."""
        first, last = int(match["d"] or match["d2"]), int(match["e"] or match["d"] or match["d2"])
        this = self.reference.replace(day=1)
        months = (this, month_before(this), month_before(month_before(this)))
        for at, month in enumerate(months[:-1]):
            of_first = month if first <= last else months[at + 1]
            try:
                since, until = of_first.replace(day=first), month.replace(day=last)
            except ValueError:
                continue
            if until <= self.reference:
                return _Dates(first=since, last=until, start=match.start(), end=match.end())
        return None

    def _periods(self, question: str) -> Iterator[_Dates]:
        for match in _MONTHS_JOINED.finditer(question):
            year = int(match["y"]) if match["y"] else self._year_of(_MONTHS[match["n"].lower()])
            first, last = _MONTHS[match["m"].lower()], _MONTHS[match["n"].lower()]
            start, end = date(year - (first > last), first, 1), month_end(year, last)
            yield _Dates(first=start, last=end, start=match.start(), end=match.end())
        for match in _UNITS_OF_MONTH.finditer(question):
            first_day, last_day = self._month_of(match)
            days = _count(match["n"] or match["n2"]) * (7 if match["unit"][0].lower() in "ws" else 1)
            if _LAST.search(match[0]):
                start = max(last_day - timedelta(days=days - 1), first_day)
                yield _Dates(first=start, last=last_day, start=match.start(), end=match.end())
            else:
                end = min(first_day + timedelta(days=days - 1), last_day)
                yield _Dates(first=first_day, last=end, start=match.start(), end=match.end())
        for match in _MONTH_ALONE.finditer(question):
            if self._is_month(question, match):
                yield self._month(match, _MONTHS[match["m"].lower()], match["y"])
        for match in _QUARTER.finditer(question):
            quarter, written = int(match["q"] or match["q2"]), match["y"] or match["y2"]
            if written or re.search(r"\b(?:in|of|from|during|since) $", question[: match.start()], re.IGNORECASE):
                of_quarter = quarter_days(int(written) if written else self._year_of(3 * quarter - 2), quarter)
                yield _Dates(first=of_quarter[0], last=of_quarter[1], start=match.start(), end=match.end())
        for match in _YEAR_ALONE.finditer(question):
            named = int(match["y"] or match["y2"] or match["y3"])
            yield _Dates(first=date(named, 1, 1), last=date(named, 12, 31), start=match.start(), end=match.end())

    def _relative(self, question: str) -> Iterator[_Dates]:
        today = self.reference
        ends = (date.fromisoformat(one) if one else today for one in (self.oldest, self.newest))
        spans = relative_spans(today) | {
            name: (day, day) for name, day in zip(("first_day", "last_day"), ends, strict=True)
        }
        for match in _PAST.finditer(question):
            count, unit = _count(match["n"] or match["n2"]), _UNITS[(match["unit"] or match["unit2"]).lower()]
            start = today - timedelta(days=min(count * unit, 365 * 100) - 1)
            start = months_back(today, count) if unit == _UNITS["month"] else start
            yield _Dates(first=start, last=today, start=match.start(), end=match.end(), relative=True)
        for match in _AGO.finditer(question):
            yield self._ago(match)
        for name, pattern in {**_DAYS, **_SPANS}.items():
            for match in pattern.finditer(question):
                first, last = spans[name]
                yield _Dates(first=first, last=last, start=match.start(), end=match.end(), relative=True)
        for match in _WEEKDAY_ALONE.finditer(question):
            if match["day"].lower() not in _AMBIGUOUS_WEEKDAYS or match["last"]:
                day = self._weekday(question, match)
                yield _Dates(first=day, last=day, start=match.start(), end=match.end(), relative=True)

    def _ago(self, match: re.Match[str]) -> _Dates:
        day = self.reference - timedelta(days=min(_count(match["n"]) * _UNITS[match["unit"].lower()], 365 * 100))
        first, last = day, day
        if match["unit"].lower() == "week":
            first = day - timedelta(days=day.weekday())
            last = first + timedelta(days=6)
        elif match["unit"].lower() == "month":
            first, last = day.replace(day=1), month_end(day.year, day.month)
        elif match["unit"].lower() == "year":
            first, last = date(day.year, 1, 1), date(day.year, 12, 31)
        return _Dates(first=first, last=last, start=match.start(), end=match.end(), relative=True)

    def _weekday(self, question: str, match: re.Match[str]) -> date:
        number = next(at for at, names in enumerate(_WEEKDAYS) if names.fullmatch(match["day"]))
        back = (self.reference.weekday() - number) % 7
        is_before = match["last"] or _BEFORE["since"].search(question[: match.start()])
        return self.reference - timedelta(days=back or (7 if is_before else 0))

    def _is_month(self, question: str, match: re.Match[str]) -> bool:
        """Whether the name of a month stands for it."""
        if match["m"].lower() not in _AMBIGUOUS or match["y"] or match["m"] != match[0]:
            return True
        before, after = question[: match.start()], question[match.end() :]
        if re.search(r"\b(?:papers?|articles?|same for|what about|how about|and|just|only)\s+$", before, re.IGNORECASE):
            return not re.match(r"\s*[^\W\d]", after) or bool(re.match(r"\s+please|\s+papers?\b", after))
        prepositions = ("since", "after", "until", "before")
        return (
            any(_BEFORE[one].search(before) for one in prepositions)
            or bool(_ON.search(before) or _FROM.search(before))
            or bool(re.match(r"\s+(?:papers?|articles?|paper|artikel)\b", after, re.IGNORECASE))
            or not (before.strip() or after.strip(" ?.!"))
        )

    def _day(self, match: re.Match[str], day: int, month: int, year: str | None) -> date:
        if year:
            return _date(match, int(year), month, day)
        if 1 <= month <= 12 and day > 29 and day > days_of_month(2024, month):
            raise _ImpossibleDateError(no_such_day(day, month), match.start(), match.end())
        return _date(match, self._year_of(month, day), month, day)

    def _month_of(self, match: re.Match[str]) -> tuple[date, date]:
        """The first and last day of the month that a match names."""
        month = _MONTHS[match["m"].lower()]
        year = int(match["y"]) if match["y"] else self._year_of(month)
        return date(year, month, 1), month_end(year, month)

    def _month(self, match: re.Match[str], month: int, year: str | None) -> _Dates:
        named = int(year) if year else self._year_of(month)
        groups = match.groupdict()
        part = groups.get("part") or groups.get("part2") or groups.get("part3") or ""
        first, last = part_of_month(part.lower(), groups.get("of") or "", date(named, month, 1))
        return _Dates(first=first, last=last, start=match.start(), end=match.end())

    def _year_of(self, month: int, day: int = 1) -> int:
        """The latest year in which the library has that month; else the latest in which it is not in the future."""
        for end in filter(None, (self.newest, self.today.isoformat())):
            year = int(end[:4]) if f"{month:02}-{min(day, 28):02}" <= end[5:] else int(end[:4]) - 1
            if f"{year}-{month:02}-31" >= self.oldest:
                return year
        return year


def _day_or_week(question: str, day: date, match: re.Match[str]) -> _Dates:
    """The day, or its week after ``the week of``."""
    if week := _WEEK_OF.search(question[: match.start()]):
        monday = day - timedelta(days=day.weekday())
        return _Dates(first=monday, last=monday + timedelta(days=6), start=week.start(), end=match.end())
    return _Dates(first=day, last=day, start=match.start(), end=match.end())


def _without_apposed(question: str, dates: Sequence[_Dates]) -> tuple[_Dates, Sequence[_Dates]]:
    """The first date with what explains it, ``last week (22 to 26 December)``: the narrower of both; and the others."""
    if len(dates) < 2 or not _APPOSED.fullmatch(question[dates[0].end : dates[1].start]):
        return dates[0], dates
    one, other = dates[:2]
    if one.first >= other.first and one.last <= other.last:
        chosen = one
    elif (other.first >= one.first and other.last <= one.last) or (one.relative and not other.relative):
        chosen = other
    else:
        return one, dates
    return replace(chosen, start=one.start, end=other.end), dates[2:]


def _without_weekday(dates: Sequence[_Dates]) -> Sequence[_Dates]:
    """The dates without a weekday that a date with a month says more exactly: "last Tuesday's best paper, 22 April"."""
    if len(dates) == 2 and dates[0].relative and not dates[1].relative:
        is_day = dates[0].first == dates[0].last and dates[1].first == dates[1].last
        if is_day and dates[0].first.weekday() == dates[1].first.weekday():
            return dates[1:]
    return dates


def _written(match: re.Match[str], year: int, month: int, day: int | None) -> _Dates:
    first = _date(match, year, month, day or 1)
    return _Dates(first=first, last=first if day else month_end(year, month), start=match.start(), end=match.end())


def _date(match: re.Match[str], year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        problem = f"{match[0].strip()} is not a date: there are 12 months."
        raise _ImpossibleDateError(problem, match.start(), match.end())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _ImpossibleDateError(no_such_day(day, month, year), match.start(), match.end()) from error


def _count(text: str) -> int:
    low = text.lower()
    return int(low) if low.isdecimal() else _NUMBERS.get(low) or _FEW.get(low, 1)
