"""Text in a light colour: seen on a dark ground, and hidden on a light one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pypdfium2

from paperchat.ingest.pdf.frame import turned_back
from paperchat.ingest.pdf.layout import Piece, Sheet

_CONTRAST = 40  # of 255 between the lightest and the darkest point
_LONGEST_SIDE = 2000  # points: no larger page is drawn


def unseen(page: pypdfium2.PdfPage, sheet: Sheet, light: Sequence[Piece]) -> set[int]:
    """The ``order`` of those light pieces that do not show on the page as it is painted."""
    if not light:
        return set()
    if max(sheet.width, sheet.height) > _LONGEST_SIDE:
        return {piece.order for piece in light}
    shades = page.render(scale=1, grayscale=True, no_smoothtext=True).to_numpy().squeeze()
    found: set[int] = set()
    for piece in light:
        box = turned_back(sheet, piece.left, piece.top, piece.right, piece.bottom)
        rows, columns = slice(int(box.top), int(box.bottom) + 1), slice(int(box.left), int(box.right) + 1)
        ground = shades[rows, columns]
        if not ground.size or int(np.max(ground)) - int(np.min(ground)) < _CONTRAST:
            found.add(piece.order)
    return found
