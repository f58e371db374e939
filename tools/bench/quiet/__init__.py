"""A game in which nothing happens unless somebody clicks, and what it costs."""
