"""How orders are carried out: the ports between the bot and its clients."""
