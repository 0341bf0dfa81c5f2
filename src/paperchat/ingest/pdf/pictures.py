"""Where images and embedded drawings stand on a page."""

from __future__ import annotations

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium

from paperchat.ingest.pdf.frame import Frame
from paperchat.ingest.pdf.layout import Region

_MOST_OBJECTS = 20_000
_SMALLEST, _FILLS = 0.002, 0.75  # of the page's area


def pictures_of(page: pypdfium2.PdfPage, frame: Frame) -> tuple[list[Region], bool]:
    """The pictures, and whether one fills the page, which is not among them."""
    width, height = frame.span()
    found: list[Region] = []
    filled = False
    edges = [ctypes.c_float() for _ in range(4)]
    edges_at = [ctypes.byref(edge) for edge in edges]
    for index in range(min(pdfium.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        item = pdfium.FPDFPage_GetObject(page.raw, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind not in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
            continue
        if not pdfium.FPDFPageObj_GetBounds(item, *edges_at):
            continue
        left, bottom, right, top = (edge.value for edge in edges)
        (x, y), (other_x, other_y) = frame.place(left, top), frame.place(right, bottom)
        region = Region(left=min(x, other_x), top=min(y, other_y), right=max(x, other_x), bottom=max(y, other_y))
        share = (region.right - region.left) * (region.bottom - region.top) / max(1.0, width * height)
        if share >= _FILLS:
            filled = filled or kind == pdfium.FPDF_PAGEOBJ_IMAGE or _holds_image(item)
        elif share > _SMALLEST:
            found.append(region)
    return found, filled


def _holds_image(form: object) -> bool:
    """Whether all that a drawing holds is images."""
    count = pdfium.FPDFFormObj_CountObjects(form)
    kinds = {pdfium.FPDFPageObj_GetType(pdfium.FPDFFormObj_GetObject(form, index)) for index in range(min(count, 20))}
    return pdfium.FPDF_PAGEOBJ_IMAGE in kinds and pdfium.FPDF_PAGEOBJ_TEXT not in kinds
