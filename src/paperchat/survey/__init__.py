"""A subfield on one page, in which each sentence is a quote: scope, themes, sections, comparison."""
