"""The nearest passages of a selection: as many as asked for where as many exist, however wide or narrow it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy.typing as npt

from paperchat.storage.filters import Selection
from paperchat.storage.selection import matching_passages, selected_passages
from paperchat.storage.stores import Stores

if TYPE_CHECKING:
    from paperchat.storage.vector_index import Hits

_AT_FIRST = 4  # times as many as asked for
_MARGIN = 1.5
_WIDEST = 4_000  # passages; beyond it the ids of all that is selected are quicker had
_FEW = 200  # papers, whose passages are quicker had than looked for


def nearest(stores: Stores, vector: npt.ArrayLike, k: int, selection: Selection) -> Hits:
    """Pairs of passage id and cosine, best first: ``k`` of the selection where it has ``k``.

    Of a condition that many passages may meet, enough of them are among the nearest of all, and only those are
    looked up. Where too few are, the selection is resolved to its passages, and these alone are compared.
    """
    if selection.is_everything:
        return stores.vectors.search(vector, k)
    if selection.papers is None or len(selection.papers) > _FEW:
        wide = k * _AT_FIRST
        while wide <= _WIDEST:
            near = stores.vectors.search(vector, wide)
            held = matching_passages(stores.database, selection, [passage_id for passage_id, _ in near])
            hits = [(passage_id, cosine) for passage_id, cosine in near if passage_id in held]
            if len(hits) >= k or len(near) < wide:
                return hits[:k]
            wide = round(_MARGIN * wide * k / len(hits)) if hits else _WIDEST + 1
    among: Sequence[str] = selected_passages(stores.database, selection)
    return stores.vectors.search(vector, k, among) if among else []
