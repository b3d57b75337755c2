"""What Lighter can be asked, by subject."""
