"""From ranked passages to a cited answer: passage scoring, evidence, generation, verification. Never imports ingest."""
