"""A match without sockets: participants, messages, rules, journal."""
