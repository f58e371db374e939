"""Replication: from tables to the snapshot of each viewer."""
