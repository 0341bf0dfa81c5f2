"""References to papers for other programs: BibTeX, RIS and CSL JSON, one file per format."""

from paperchat.render.references.bibtex import bibtex
from paperchat.render.references.csl import csl_json
from paperchat.render.references.ris import ris

__all__ = ["bibtex", "csl_json", "ris"]
