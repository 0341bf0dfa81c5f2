"""How much a survey or a claim takes: the length of a topic, and how many papers are read."""

MAX_TOPIC_LENGTH = 500
"""In characters: each word of a topic is looked for in each paper that may match."""
DEFAULT_SURVEY_PAPERS = 60
"""The number of papers read for a survey unless another is given."""
DEFAULT_CLAIM_PAPERS = 40
"""The number of papers considered for a claim unless another is given."""
