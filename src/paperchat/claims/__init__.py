"""A claim weighed: which papers support it, which oppose it, and in which of its aspects."""
