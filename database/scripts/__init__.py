"""Commands that a person runs on what the project stores."""
