"""The two indexes of passages: by words in Tantivy, by vectors in Chroma."""
