"""A claim weighed: what papers say to it, who supports and who opposes it, and by which of its aspects.

The way goes `gather` (papers and their deciding sentences) → `judging` (a paper's side, by `signs`) → `groups`,
`aspects`, `verdict` → `weigh`, which wires them together.
"""
