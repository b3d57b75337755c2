"""What edgeX can be asked, by subject."""
