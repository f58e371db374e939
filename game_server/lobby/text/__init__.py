"""Text that people write: nicknames, chat, and what is filtered from both."""
