"""What Backpack can be asked, and what its frames say."""
