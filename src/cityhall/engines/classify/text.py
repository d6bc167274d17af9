"""Texts before anything looks at them."""

import re

_PRIVATE = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII), "［信箱］"),
    (re.compile(r"(?<![A-Za-z0-9])[A-Za-z][12889]\d{8}(?!\d)"), "［證號］"),
    (re.compile(r"(?<!\d)(?:\+886[- ]?|0)\d{1,3}[- ]?\d{3,4}[- ]?\d{3,4}(?!\d)"), "［電話］"),
    (re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{2,3}-\d{3,4}|\d{3,4}-[A-Z]{2,3})(?![A-Za-z0-9])"), "［車牌］"),
)


def mask(text: str) -> str:
    """The text without mail addresses, identity numbers, telephone numbers and plates."""
    for pattern, words in _PRIVATE:
        text = pattern.sub(words, text)
    return text
