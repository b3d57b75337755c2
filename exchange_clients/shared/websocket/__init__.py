"""What every venue's live feeds have in common."""
