"""The to-do list: what waits for whom, until when, declared by every other engine."""
