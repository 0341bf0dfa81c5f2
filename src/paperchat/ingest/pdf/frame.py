"""From PDF user space, whose y grows upwards, to the page as it is shown or read, from its top left corner."""

from __future__ import annotations

from dataclasses import dataclass

from paperchat.ingest.pdf.layout import Sheet
from paperchat.types import Box


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible box in user space, and the quarter turns, clockwise, by which it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        match self.turn:
            case 0:
                return x - self.left, self.top - y
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case _:
                return self.top - y, self.right - x

    def span(self) -> tuple[float, float]:
        """Width and height after turning."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turn % 2 else (width, height)


def turned_back(sheet: Sheet, left: float, top: float, right: float, bottom: float) -> Box:
    """The box on the page as shown of one on the page as read (which ``sheet.turn`` may tell apart), inside it."""
    width, height = sheet.width, sheet.height
    match sheet.turn:
        case 1:
            left, top, right, bottom = top, height - right, bottom, height - left
        case 2:
            left, top, right, bottom = width - right, height - bottom, width - left, height - top
        case 3:
            left, top, right, bottom = width - bottom, left, width - top, right
    return Box(
        page=sheet.number,
        left=round(min(max(left, 0.0), width), 2),
        top=round(min(max(top, 0.0), height), 2),
        right=round(min(max(right, 0.0), width), 2),
        bottom=round(min(max(bottom, 0.0), height), 2),
    )
