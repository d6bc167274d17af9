"""The directory: agencies, units, posts, people, roles, deputies, duty rosters and who may do what."""
