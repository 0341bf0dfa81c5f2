"""Readers of the formats that papers come in: one file per format, recognised by content, read lazily."""
