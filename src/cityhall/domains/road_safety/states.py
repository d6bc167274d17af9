"""The kinds of gathering of the road-safety evaluation."""

MEETING = "road_safety.meeting"
VISIT = "road_safety.visit"
