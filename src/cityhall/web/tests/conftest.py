"""English is looked at in these tests, so its catalogues are compiled first."""

from cityhall.web import messages

messages.compile_all()
