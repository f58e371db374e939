"""The swarm: thousands of light clients in one process, over raw sockets that are read and written in batches."""
