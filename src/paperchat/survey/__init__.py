"""A subfield on one page, in which each sentence is a quote; and claims weighed: who supports them, who opposes them.

May import `query` and what is below it; nothing here draws, prints or asks the user.
"""
