"""Jobs in the catalogue: any server adds, shows and cancels them, and exactly one at a time works on each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, or_, select, update

from paperchat.storage.database import Database, as_utc
from paperchat.storage.schema import jobs

JobState = Literal["waiting", "running", "cancelling", "done", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})
MAX_ENDED = 50
"""Jobs of an owner that have ended and can still be looked at."""
_UNDER_WAY: tuple[JobState, ...] = ("running", "cancelling")
_UNFINISHED = select(jobs.c.id).where(jobs.c.state.in_(("waiting", *_UNDER_WAY))).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """A job as it is in the catalogue; ``work`` is what is to be done, as who added it wrote it."""

    job_id: str
    owner: str
    state: JobState
    work: Mapping[str, Any]
    created: datetime
    finished: datetime | None
    done: int
    total: int | None
    report: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None


class StoredJobs:
    """The jobs of a library; safe to share between threads, processes and machines.

    A server holds the job that it works on for a while, and renews that while it lives. One whose time is over is
    taken by another, but not for ever: one that was begun ``most`` times without an end has failed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, owner: str, work: Mapping[str, Any], *, admit: Callable[[int, int], None]) -> StoredJob:
        """Add a job that waits.

        ``admit`` is called with the numbers of the owner's jobs that have not ended and of all that wait; it may raise.
        """
        unfinished = select(func.count()).where(jobs.c.owner == owner, jobs.c.state.not_in(ENDED))
        waiting = select(func.count()).where(jobs.c.state == "waiting")
        with self._database.writing() as connection:
            admit(connection.execute(unfinished).scalar_one(), connection.execute(waiting).scalar_one())
            job_id = uuid4().hex
            row = {
                "id": job_id,
                "owner": owner,
                "state": "waiting",
                "work": dict(work),
                "created_at": self._database.now(connection),
                "done": 0,
                "attempts": 0,
                "holder": "",
            }
            connection.execute(insert(jobs), [row])
            latest = select(jobs.c.id).where(jobs.c.owner == owner, jobs.c.state.in_(ENDED))
            kept = latest.order_by(jobs.c.created_at.desc()).limit(MAX_ENDED)
            connection.execute(
                delete(jobs).where(jobs.c.owner == owner, jobs.c.state.in_(ENDED), jobs.c.id.not_in(kept))
            )
            return _read(connection, job_id)

    def all(self, owner: str) -> list[StoredJob]:
        """The owner's jobs, latest first."""
        with self._database.reading() as connection:
            query = select(jobs).where(jobs.c.owner == owner).order_by(jobs.c.created_at.desc(), jobs.c.id)
            return [_stored_job(row) for row in connection.execute(query)]

    def get(self, owner: str, job_id: str) -> StoredJob | None:
        """The owner's job of this id; ``None`` where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(_of(job_id, owner)).first()
        return _stored_job(row) if row else None

    def unfinished_work(self) -> list[Mapping[str, Any]]:
        """What all jobs that have not ended are to do."""
        with self._database.reading() as connection:
            return list(connection.execute(select(jobs.c.work).where(jobs.c.state.not_in(ENDED))).scalars())

    def cancel(self, owner: str, job_id: str) -> StoredJob | None:
        """Cancel a job that waits, and have one end that is worked on; ``None`` where the owner has no such job."""
        with self._database.writing_apart() as connection:
            row = connection.execute(_of(job_id, owner).with_for_update()).first()
            if row is None:
                return None
            if row.state == "waiting":
                values = {"state": "cancelled", "finished_at": self._database.now(connection)}
                connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))
            elif row.state == "running":
                connection.execute(update(jobs).where(jobs.c.id == job_id).values(state="cancelling"))
            return _read(connection, job_id)

    def take(
        self,
        holder: str,
        *,
        lease: timedelta,
        most: int,
        problem: Callable[[StoredJob], Mapping[str, Any]],
        ended: Callable[[StoredJob], None] = lambda _: None,
        but: Collection[str] = (),
    ) -> StoredJob | None:
        """Begin the next job as its ``holder``; ``None`` where there is none to do.

        It is the oldest of the owner who has the fewest under way. Jobs whose holder is gone are taken, too; before,
        those that are to be cancelled are, and one that was begun ``most`` times fails with its ``problem``:
        ``ended`` is called with each of them. The jobs ``but`` are left alone, whoever holds them: the ``holder`` works
        on them still.
        """
        with self._database.reading() as connection:
            if connection.execute(_UNFINISHED).first() is None:  # as most of the time, when nothing is locked
                return None
        with self._database.writing_apart() as connection:
            now = self._database.now(connection)
            abandoned = and_(jobs.c.state.in_(_UNDER_WAY), jobs.c.held_until < now, jobs.c.id.not_in(but))
            given_up = and_(abandoned, or_(jobs.c.state == "cancelling", jobs.c.attempts >= most))
            for row in connection.execute(select(jobs).where(given_up).with_for_update(skip_locked=True)).all():
                end: dict[str, Any] = {"state": "cancelled", "finished_at": now}
                if row.state == "running":
                    end = {**end, "state": "failed", "problem": dict(problem(_stored_job(row)))}
                connection.execute(update(jobs).where(jobs.c.id == row.id).values(end))
                ended(_read(connection, row.id))
            others = jobs.alias()
            under_way = select(func.count()).where(others.c.owner == jobs.c.owner, others.c.state.in_(_UNDER_WAY))
            next_job = (
                select(jobs.c.id)
                .where(or_(jobs.c.state == "waiting", and_(abandoned, jobs.c.state == "running")))
                .where(jobs.c.id.not_in(but))
                .order_by(under_way.scalar_subquery(), jobs.c.created_at, jobs.c.id)
                .limit(1)
                .with_for_update(skip_locked=True, of=jobs)
            )
            job_id = connection.execute(next_job).scalar()
            if job_id is None:
                return None
            begun = {"state": "running", "holder": holder, "held_until": now + lease, "done": 0, "total": None}
            change = update(jobs).where(jobs.c.id == job_id)
            connection.execute(change.values(**begun, attempts=jobs.c.attempts + 1))
            return _read(connection, job_id)

    def renew(self, job_id: str, holder: str, *, lease: timedelta, done: int, total: int | None) -> JobState | None:
        """Hold a job for longer, and store how far it is; return its state, ``None`` where another holds it by now."""
        with self._database.writing_apart() as connection:
            until = self._database.now(connection) + lease
            change = _held(job_id, holder).values(held_until=until, done=done, total=total)
            if not connection.execute(change).rowcount:
                return None
            return _read(connection, job_id).state

    def finish(
        self,
        job_id: str,
        holder: str,
        state: JobState,
        *,
        done: int,
        total: int | None,
        report: Mapping[str, Any] | None = None,
        problem: Mapping[str, Any] | None = None,
    ) -> bool:
        """End a job with its report or its problem; does nothing, and returns false, where another holds it by now."""
        ended = {"state": state, "done": done, "total": total, "report": report, "problem": problem}
        with self._database.writing_apart() as connection:
            finished = self._database.now(connection)
            return bool(connection.execute(_held(job_id, holder).values(**ended, finished_at=finished)).rowcount)

    def release(self, job_id: str, holder: str) -> bool:
        """Let another server begin a job anew, which counts as if this one had not begun it.

        One that is to be cancelled is cancelled instead; return whether it was.
        """
        with self._database.writing_apart() as connection:
            state = connection.execute(_of(job_id).with_for_update()).first()
            if state and state.state == "cancelling":
                ended = {"state": "cancelled", "finished_at": self._database.now(connection)}
                return bool(connection.execute(_held(job_id, holder).values(ended)).rowcount)
            waiting = {"state": "waiting", "held_until": None, "attempts": jobs.c.attempts - 1}
            connection.execute(_held(job_id, holder).values(waiting))
            return False


def _of(job_id: str, owner: str | None = None) -> Select[Any]:
    query = select(jobs).where(jobs.c.id == job_id)
    return query if owner is None else query.where(jobs.c.owner == owner)


def _held(job_id: str, holder: str) -> Any:
    return update(jobs).where(jobs.c.id == job_id, jobs.c.holder == holder, jobs.c.state.in_(_UNDER_WAY))


def _read(connection: Connection, job_id: str) -> StoredJob:
    return _stored_job(connection.execute(_of(job_id)).one())


def _stored_job(row: Row[Any]) -> StoredJob:
    return StoredJob(
        job_id=row.id,
        owner=row.owner,
        state=row.state,
        work=row.work,
        created=as_utc(row.created_at),
        finished=as_utc(row.finished_at) if row.finished_at else None,
        done=row.done,
        total=row.total,
        report=row.report,
        problem=row.problem,
    )
