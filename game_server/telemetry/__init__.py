"""What the server tells of itself: how ticks went."""
