"""Where a request comes from, as coarsely as we keep it."""

from django.conf import settings
from django.http import HttpRequest

from cityhall.engines.identity import rules


def ip(request: HttpRequest) -> str:
    """The address of the caller.

    Behind reverse proxies of the city (CITYHALL_PROXIES, how many) it is the address that the outermost of them saw;
    what a caller writes into the header itself stands further left and is not read.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.TRUSTED_PROXIES
    if not proxies:
        return direct
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies else direct


def network(request: HttpRequest) -> str:
    """The network of the caller: for limits, and for people to know their sessions by."""
    return rules.network_of(ip(request))


def device(request: HttpRequest) -> str:
    """Browser and system of the caller in two words."""
    return rules.device_of(request.META.get("HTTP_USER_AGENT", ""))
