"""Sources: one file per format, each a lazy iterator of papers, found by content and not by file name.

``read`` gives a file to the source that recognises its head; nothing else here is for use from outside.
"""

from paperchat.ingest.sources.meter import Meter
from paperchat.ingest.sources.read import read
from paperchat.ingest.sources.walking import size

__all__ = ["Meter", "read", "size"]
