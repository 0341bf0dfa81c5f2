"""Edit distance of short names, and an index that finds those within two edits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

MOST_EDITS = 2
_PARTS = MOST_EDITS + 1


def edit_distance(written: str, meant: str, most: int = MOST_EDITS) -> int:
    """How many letters are added, left out, replaced or swapped; ``most + 1`` where there are more than ``most``."""
    if abs(len(written) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for row, letter in enumerate(written, start=1):
        current = [row]
        for column, other in enumerate(meant, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != other))
            is_swap = row > 1 and column > 1 and letter == meant[column - 2] and other == written[row - 2]
            current.append(min(cost, before[column - 2] + 1) if is_swap else cost)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return last[-1]


class EditDistanceIndex:
    """Finds the names within two edits of another: of three parts of such a name, one is the same, or nearly always."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_part: dict[tuple[int, int], dict[str, list[str]]] = defaultdict(dict)
        for name in dict.fromkeys(names):
            for number, start, end in _parts(len(name)):
                self._by_part[len(name), number].setdefault(name[start:end], []).append(name)

    def find(self, written: str, most: int = MOST_EDITS) -> list[tuple[int, str]]:
        """The names within ``most`` edits with their distance, the nearest first."""
        candidates: dict[str, None] = {}
        for length in range(max(len(written) - most, _PARTS), len(written) + most + 1):
            for number, start, end in _parts(length):
                with_part = self._by_part.get((length, number), {})
                for shifted in range(max(start - most, 0), start + most + 1):
                    candidates.update(dict.fromkeys(with_part.get(written[shifted : shifted + end - start], ())))
        scored = [(edit_distance(written, one, most), one) for one in candidates]
        return sorted(pair for pair in scored if pair[0] <= most)


def _parts(length: int) -> Iterator[tuple[int, int, int]]:
    borders = [length * number // _PARTS for number in range(_PARTS + 1)]
    return ((number, borders[number], borders[number + 1]) for number in range(_PARTS))
