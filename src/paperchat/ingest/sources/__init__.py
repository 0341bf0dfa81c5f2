"""Sources: one file per format, each a lazy iterator of papers, recognised by content and not by file name."""
