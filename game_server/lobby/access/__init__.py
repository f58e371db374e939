"""Session tokens, and limits on guessing them."""
