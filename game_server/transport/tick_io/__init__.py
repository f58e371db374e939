"""The sockets of seated players, read and written in batches at the tick."""
