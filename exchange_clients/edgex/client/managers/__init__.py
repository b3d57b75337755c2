"""What EdgeX can be asked, by subject."""
