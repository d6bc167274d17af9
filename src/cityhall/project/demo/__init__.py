"""The demo city: its agencies, people, categories and texts, all invented."""
