"""Words that several venues speak: what they share is said once, what differs is a value."""
