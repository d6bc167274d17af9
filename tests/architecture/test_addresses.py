"""Every address that code or a template asks for by name exists."""

import re
from pathlib import Path

from django.urls import URLResolver, get_resolver

import cityhall

SOURCE = Path(cityhall.__file__).parent
IN_CODE = re.compile(r"""\breverse(?:_lazy)?\(\s*["']([\w-]+:[\w:-]+)["']""")
IN_TEMPLATES = re.compile(r"""{%\s*url\s+["']([\w-]+:[\w:-]+)["']""")


def named(resolver: URLResolver, space: str = "") -> set[str]:
    """The names of all addresses, with their name spaces."""
    found = {f"{space}{name}" for name in resolver.reverse_dict if isinstance(name, str)}
    for name, (_prefix, inner) in resolver.namespace_dict.items():
        found |= named(inner, f"{space}{name}:")
    return found


def asked() -> set[tuple[str, str]]:
    """What is asked for, and where."""
    found = set()
    for path in SOURCE.rglob("*"):
        pattern = {".py": IN_CODE, ".html": IN_TEMPLATES, ".txt": IN_TEMPLATES}.get(path.suffix)
        if pattern and "tests" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found |= {(name, str(path.relative_to(SOURCE))) for name in pattern.findall(text)}
    return found


def test_every_address_that_is_asked_for_exists():
    known = named(get_resolver())

    wanted = asked()

    assert len(wanted) > 100
    assert sorted((name, place) for name, place in wanted if name not in known) == []
