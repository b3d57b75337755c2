"""What an account asks of Binance."""
