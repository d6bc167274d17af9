"""Decisions about accounts, codes and locks; no database, no Django."""

import unicodedata


def normalise_email(address: str) -> str:
    """The one form in which an address is stored and looked up.

    Full-width characters of a Chinese keyboard become plain ones, case is folded, and the domain is written in its
    ASCII form, so that one mailbox cannot hold two accounts.
    """
    address = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = address.rpartition("@")
    if at and not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            pass  # an impossible domain stays as it was typed, for the form to refuse
    return f"{local}{at}{domain}"
