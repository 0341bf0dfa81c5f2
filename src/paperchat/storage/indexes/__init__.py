"""Indexes of passages, by words and by vectors: Tantivy and Chroma, or Milvus."""
