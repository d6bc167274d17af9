"""What the directory tells the pages at start."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.engines.identity import services as identity
from cityhall.engines.places import services as places
from cityhall.web import access
from cityhall.web.navigation import account_menu, desk_menu, footer_menu


def install() -> None:
    """Install the permission table as the policy of every view."""
    from . import models, namings, permissions, queries, services

    def is_somebody_at_the_desk(request: HttpRequest) -> bool:
        account: Any = request.user
        return "/desk/" in request.path and queries.standing(account, timezone.now()).person is not None

    def policy(account: Any, act: str, request: HttpRequest) -> bool:
        return queries.may(account, act, on=timezone.now())

    access.set_policy(policy, who_may=lambda act: [str(role.label) for role in permissions.roles_that_may(act)])
    namings.install()
    identity.before_disabling(services.why_not_disabled)
    places.check_managers_by(lambda code: queries.agency(code) is not None)
    desk_menu.add(50, _("聯絡表"), "directory:desk", "/desk/directory/", act="directory.read")
    footer_menu.add(30, _("機關聯絡表"), "directory:index")
    account_menu.add(30, _("請假與代理"), "directory:away", act="directory.deputy.set", when=is_somebody_at_the_desk)
    for model in (models.Appointment, models.Deputy, models.Person, models.Unit):
        for signal in (post_save, post_delete):
            signal.connect(
                queries.forget_standing, sender=model, dispatch_uid=f"directory.{model.__name__}.{id(signal)}"
            )
