"""The city of the petitions' tests, for domains that file petitions through their door."""

from cityhall.domains.petitions.tests.city import make_city as make_petition_city

__all__ = ["make_petition_city"]
