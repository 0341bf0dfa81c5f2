"""Who may do what: users, API keys, roles, quotas, and what every request must pass before a page or a route sees it.

Imported by ``ui`` and ``server``; imports the storage and what is below it.
"""
