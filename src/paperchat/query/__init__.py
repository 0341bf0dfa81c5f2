"""From a question to cited evidence: retrieve, rank, read, pick quotes, write. Never imports ingest."""
