"""A match with its people: entry, seats, spectators, moderation, rounds."""
