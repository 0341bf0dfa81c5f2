"""Renders answers, surveys, claims, papers and reports as Markdown, HTML, terminal text, files and references."""
