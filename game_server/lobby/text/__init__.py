"""Text that people write: nicknames, chat, and the filters of both."""
