"""Questions that follow one another: follow-ups rewritten, conversations stored and replayed."""
