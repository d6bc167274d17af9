"""What the style guide shows: every component with true-to-life content."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def everything(request: HttpRequest) -> dict[str, Any]:
    return {}
