"""A match: seats, messages, rules and snapshots, without sockets and without a clock."""
