"""Who plays where: matches, nicknames, chat."""
