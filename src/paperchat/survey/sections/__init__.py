"""The sections of a survey, one per file: each selects its quotes and writes them as Markdown."""
