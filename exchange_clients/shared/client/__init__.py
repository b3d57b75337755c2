"""What every trading client does in the same way."""
