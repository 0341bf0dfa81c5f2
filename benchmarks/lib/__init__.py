"""Shared by several benchmarks: question sets, model fitting, replayed vectors; imports no script."""
