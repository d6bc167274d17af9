"""Near-duplicates: whether an edited petition finds the one it was made from, and how fast."""
