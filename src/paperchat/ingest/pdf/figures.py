"""Finds the pictures on a page: images, embedded drawings, and drawings made of many paths."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from paperchat.ingest.pdf.layout import Frame, Region

_MAX_OBJECTS = 20_000
_MIN_AREA, _FULL_PAGE_AREA = 0.002, 0.75  # of the page's area
_MAX_RULE_WIDTH = 1.5  # points: thinner paths may be rules of a table or a fraction
_MAX_PART_GAP = 6.0  # points: parts of one drawing are no further apart
_MIN_PARTS = 8
_MAX_PARTS = 1_500
_MAX_PICTURES = 200
_MIN_SIDE = 36.0  # points


def find_pictures(page: pypdfium2.PdfPage, frame: Frame) -> tuple[list[Region], bool]:
    """The regions of pictures, and whether an image fills the page (it is not among them)."""
    width, height = frame.dimensions()
    pictures: list[Region] = []
    parts: list[Region] = []
    has_full_page_image = False
    edges = [ctypes.c_float() for _ in range(4)]
    edges_at = [ctypes.byref(edge) for edge in edges]
    for index in range(min(pdfium.FPDFPage_CountObjects(page.raw), _MAX_OBJECTS)):
        item = pdfium.FPDFPage_GetObject(page.raw, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT or not pdfium.FPDFPageObj_GetBounds(item, *edges_at):
            continue
        left, bottom, right, top = (edge.value for edge in edges)
        (x, y), (other_x, other_y) = frame.place(left, top), frame.place(right, bottom)
        region = Region(left=min(x, other_x), top=min(y, other_y), right=max(x, other_x), bottom=max(y, other_y))
        share = (region.right - region.left) * (region.bottom - region.top) / max(1.0, width * height)
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
            if share >= _FULL_PAGE_AREA:
                has_full_page_image = has_full_page_image or kind == pdfium.FPDF_PAGEOBJ_IMAGE or _holds_image(item)
            elif share > _MIN_AREA:
                pictures.append(region)
        elif (
            min(region.right - region.left, region.bottom - region.top) > _MAX_RULE_WIDTH
            and share < _FULL_PAGE_AREA / 2
        ):
            parts.append(region)
    return (pictures + _group_drawings(parts[:_MAX_PARTS]))[:_MAX_PICTURES], has_full_page_image


def _group_drawings(parts: Sequence[Region]) -> list[Region]:
    """The bounding boxes of groups of nearby parts."""
    groups: list[tuple[Region, int]] = []
    for part in parts:
        joined, count = part, 1
        rest: list[tuple[Region, int]] = []
        for region, number in groups:
            if _are_near(region, joined):
                joined, count = _union(region, joined), count + number
            else:
                rest.append((region, number))
        groups = [*rest, (joined, count)]
    return [
        region
        for region, count in groups
        if count >= _MIN_PARTS and min(region.right - region.left, region.bottom - region.top) > _MIN_SIDE
    ]


def _are_near(one: Region, other: Region) -> bool:
    across = one.left - _MAX_PART_GAP < other.right and other.left - _MAX_PART_GAP < one.right
    return across and one.top - _MAX_PART_GAP < other.bottom and other.top - _MAX_PART_GAP < one.bottom


def _union(one: Region, other: Region) -> Region:
    return Region(
        left=min(one.left, other.left),
        top=min(one.top, other.top),
        right=max(one.right, other.right),
        bottom=max(one.bottom, other.bottom),
    )


def _holds_image(form: object) -> bool:
    """Whether a form object has an image and no text."""
    count = pdfium.FPDFFormObj_CountObjects(form)
    kinds = {pdfium.FPDFPageObj_GetType(pdfium.FPDFFormObj_GetObject(form, index)) for index in range(min(count, 20))}
    return pdfium.FPDF_PAGEOBJ_IMAGE in kinds and pdfium.FPDF_PAGEOBJ_TEXT not in kinds
