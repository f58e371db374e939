"""The cases of the Autobahn test suite against the paths that a frame can take: ``tools/bench/run autobahn``."""
