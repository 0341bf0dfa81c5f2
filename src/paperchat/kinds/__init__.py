"""Answers by kind: lists, summaries, overviews, comparisons, records, feeds, the library itself, and help."""
