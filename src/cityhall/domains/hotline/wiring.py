"""What the hotline declares to the engines at start."""


def install() -> None:
    """The figures."""
    from . import figures  # noqa: F401
