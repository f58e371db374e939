"""People and matches: entry, seats, chat, moderation, and what the host of the process may do."""
