"""A match as people meet it: entry, seats, spectators, moderation, rounds."""
