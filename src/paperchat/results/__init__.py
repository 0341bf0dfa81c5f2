"""Results of papers: values measured by an evaluation, read from abstracts and from tables of full texts."""
