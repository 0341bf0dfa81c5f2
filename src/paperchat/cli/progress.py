"""Progress bars on standard error, shown only in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(label: str, *, unit: str, quiet: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Yield a function that takes the number of units done and the total, ``None`` if unknown."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.text import Text

    class Count(ProgressColumn):
        def render(self, task: Task) -> Text:
            of = f" of {task.total:,.0f}" if task.total is not None else ""
            speed = task.speed or task.finished_speed
            rate = f" · {speed:,.0f}/s" if speed else ""
            left = task.time_remaining
            wait = f" · {_format_minutes(left)} left" if left is not None and task.total is not None else ""
            return Text(f"{task.completed:,.0f}{of} {unit}{rate}{wait}")

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(30), Count(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def stage_progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that takes the name of a stage, the number of its units done, and their total."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, done, total: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from paperchat.text.describe import one_line

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(30), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda stage, done, total: bars.update(
            task, description=one_line(stage), completed=done, total=total or None
        )


def _format_minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
