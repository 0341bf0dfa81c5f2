"""A survey's sections and its comparison: sentences told apart by their role, chosen for the page, and quoted."""
