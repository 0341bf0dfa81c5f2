"""The sections of a survey, one a file: each chooses its quotes and writes them in order."""
