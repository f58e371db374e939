"""The world of a match: declared tables, their history, events, and the interest grid."""
