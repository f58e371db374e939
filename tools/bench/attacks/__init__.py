"""What attacks from a few addresses cost twelve people who play: ``tools/bench/run attacks``."""
