"""The fixed tick: clock, match, world, replication, journal."""
