"""How APIs describe their refusals: the schema of problem+json (RFC 9457), to name in an operation's `response`."""

from typing import Any

from ninja import Schema

PROBLEM = "application/problem+json"


class Finding(Schema):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Schema):
    """Why a call was refused, in the language of Accept-Language; `request_id` is what to quote to us."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[Finding] = []


def refusals(*statuses: int) -> dict[Any, Any]:
    """For an operation: `response={200: Out, **refusals(404, 422)}`."""
    return dict.fromkeys(statuses, Problem)


# What any write with a key may meet; 409 and one 422 are those of Idempotency-Key.
WRITING = refusals(400, 401, 403, 409, 413, 422, 429)
