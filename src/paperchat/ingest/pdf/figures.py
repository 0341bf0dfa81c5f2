"""Where pictures stand on a page: images, embedded drawings, and drawings made of many strokes and areas."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from paperchat.ingest.pdf.layout import Frame, Region

_MOST_OBJECTS = 20_000
_SMALLEST, _FILLS = 0.002, 0.75  # of the page's area
_RULE = 1.5  # points: what is thinner may be a line of a table or a fraction
_NEAR = 6.0  # points: parts of one drawing are no further apart
_FEWEST_PARTS = 8
_MOST_PARTS = 1_500
_MOST_PICTURES = 200
_LEAST_SIDE = 36.0  # points


def pictures_of(page: pypdfium2.PdfPage, frame: Frame) -> tuple[list[Region], bool]:
    """The pictures, and whether one fills the page, which is not among them."""
    width, height = frame.span()
    found: list[Region] = []
    parts: list[Region] = []
    filled = False
    edges = [ctypes.c_float() for _ in range(4)]
    edges_at = [ctypes.byref(edge) for edge in edges]
    for index in range(min(pdfium.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        item = pdfium.FPDFPage_GetObject(page.raw, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT or not pdfium.FPDFPageObj_GetBounds(item, *edges_at):
            continue
        left, bottom, right, top = (edge.value for edge in edges)
        (x, y), (other_x, other_y) = frame.place(left, top), frame.place(right, bottom)
        region = Region(left=min(x, other_x), top=min(y, other_y), right=max(x, other_x), bottom=max(y, other_y))
        share = (region.right - region.left) * (region.bottom - region.top) / max(1.0, width * height)
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
            if share >= _FILLS:
                filled = filled or kind == pdfium.FPDF_PAGEOBJ_IMAGE or _holds_image(item)
            elif share > _SMALLEST:
                found.append(region)
        elif min(region.right - region.left, region.bottom - region.top) > _RULE and share < _FILLS / 2:
            parts.append(region)
    return (found + _drawings(parts[:_MOST_PARTS]))[:_MOST_PICTURES], filled


def _drawings(parts: Sequence[Region]) -> list[Region]:
    """The boxes of groups of parts that are near each other."""
    groups: list[tuple[Region, int]] = []
    for part in parts:
        joined, count = part, 1
        rest: list[tuple[Region, int]] = []
        for region, number in groups:
            if _are_near(region, joined):
                joined, count = _around(region, joined), count + number
            else:
                rest.append((region, number))
        groups = [*rest, (joined, count)]
    return [
        region
        for region, count in groups
        if count >= _FEWEST_PARTS and min(region.right - region.left, region.bottom - region.top) > _LEAST_SIDE
    ]


def _are_near(one: Region, other: Region) -> bool:
    across = one.left - _NEAR < other.right and other.left - _NEAR < one.right
    return across and one.top - _NEAR < other.bottom and other.top - _NEAR < one.bottom


def _around(one: Region, other: Region) -> Region:
    return Region(
        left=min(one.left, other.left),
        top=min(one.top, other.top),
        right=max(one.right, other.right),
        bottom=max(one.bottom, other.bottom),
    )


def _holds_image(form: object) -> bool:
    """Whether a drawing holds an image and no text."""
    count = pdfium.FPDFFormObj_CountObjects(form)
    kinds = {pdfium.FPDFPageObj_GetType(pdfium.FPDFFormObj_GetObject(form, index)) for index in range(min(count, 20))}
    return pdfium.FPDF_PAGEOBJ_IMAGE in kinds and pdfium.FPDF_PAGEOBJ_TEXT not in kinds
