"""Surveys: questions in versions, invitations, answers, and what they add up to."""
