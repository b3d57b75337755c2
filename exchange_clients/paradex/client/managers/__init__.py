"""What Paradex can be asked, by subject."""
