"""From a question to cited evidence: retrieve, rank, pick quotes, write. May import storage and models; never ingest."""
