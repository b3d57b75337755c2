"""What GRVT can be asked, by subject."""
