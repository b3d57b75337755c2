"""``runbot.py watch``: running bots on one screen, by their control APIs."""
