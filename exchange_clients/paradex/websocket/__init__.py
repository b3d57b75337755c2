"""The streams of Paradex."""
