"""From a question to a request: its kind, and the papers, people, dates and constraints that it names."""
