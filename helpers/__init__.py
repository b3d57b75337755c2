"""What the bot is helped by, and what knows neither strategy nor execution."""
