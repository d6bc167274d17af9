"""Local stand-ins for the outside: a mail server and gateways for SMS and push, which keep what they get.

`cityhall serve` starts them in the demo city; tests start their own. They can be told to misbehave as real ones do.
"""
