"""The names in a library: those of papers, of what they introduce, of people and organisations."""
