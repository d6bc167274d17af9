"""機關承接: looked at before it is decided, while it is coming, and until nothing names the old agency any more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.web.access import requires
from cityhall.web.dates import as_date

from .. import forms, queries, registry, services
from .. import succession as acts
from ..models import Agency, Succession
from ..states import Fate
from .acts import act_page, must
from .agencies import _agency, _back, _by, _today, parse_date_or

READ = "directory.succession.read"
A_PAGE = 50


@requires("directory.succeed")
@form_once
def succeed(request: HttpRequest, code: str) -> HttpResponse:
    """Say who carries on and from when; the page between shows all that names the agency, and what becomes of it."""
    found = _agency(code)
    must(request, "directory.succeed", agency=found)
    today = _today()
    form = forms.SuccessionForm(request.POST or None, agency=found, today=today, initial={"on": today})

    def confirm(given: dict[str, Any]) -> dict[str, Any]:
        return {
            "title": _("確認由%(successor)s承接") % {"successor": given["successor"].label},
            "lead": _("這些會在%(day)s移到承接機關。已經生效的承接不能撤回。") % {"day": as_date(given["on"])},
            "rows": [(_("機關"), found.full_label), (_("承接機關"), given["successor"].full_label)],
            "button": _("確定承接"),
            "warning": True,
            "more": "directory/desk/_succession_lines.html",
            "groups": groups(acts.lines(found, given["on"])),
            "agency": found,
            "on": given["on"],
        }

    def do(given: dict[str, Any]) -> str:
        acts.succeed_agency(found, successor=given["successor"], on=given["on"], by=_by(request), at=timezone.now())
        if given["on"] > today:
            return _("已登記：%(day)s起由「%(name)s」承接。") % {
                "day": as_date(given["on"]),
                "name": given["successor"].label,
            }
        return _("「%(name)s」已承接所有業務。") % {"name": given["successor"].label}

    return act_page(
        request,
        form=form,
        title=_("由其他機關承接"),
        lead=_(
            "機關裁撤或整併時，單位、人員、值班與未結案件一起移到承接機關；舊代碼仍會找到承接機關。下一步會列出所有會受影響的資料，確認前什麼都不會變。"
        ),
        summary=[(_("機關"), found.full_label)],
        button=_("下一步"),
        do=do,
        back=_back(found, "history"),
        to=reverse("directory:succession", args=[found.code]),
        confirm=confirm,
    )


@requires("directory.succeed")
@require_POST
@form_once
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take back a succession whose day has not come."""
    found = _agency(code)
    must(request, "directory.succeed", agency=found)
    succession = get_object_or_404(Succession, agency=found)
    try:
        acts.withdraw_succession(succession, by=_by(request), at=timezone.now())
    except services.CannotCloseAgency as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已撤回承接，「%(name)s」繼續存在。") % {"name": found.label})
    return HttpResponseRedirect(reverse("directory:succession", args=[found.code]))


@requires(READ)
def succession(request: HttpRequest, code: str) -> HttpResponse:
    """All that names an agency: what a succession would find, is going to find, or has left."""
    found = _may_see(request, code)
    decided = Succession.objects.filter(agency=found).select_related("successor").first()
    on = decided.on if decided else parse_date_or(request.GET.get("on", ""), _today())
    lines = acts.lines(found, on)
    done = decided is not None and decided.carried_out_at is not None
    context = {
        "agency": found,
        "succession": decided,
        "on": on,
        "done": done,
        "groups": groups(lines),
        "left": sum(line.number for line in lines if line.is_left),
        "moved": _moved(decided) if decided else [],
        "history": registry.kept_for_ever().values(),
        "may_succeed": queries.may(account_of(request), "directory.succeed", agency=found, on=timezone.now()),
    }
    return render(request, "directory/desk/succession.html", context)


@requires(READ)
def succession_rows(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """The rows of one kind that name an agency, each with the page on which it is changed."""
    found = _may_see(request, code)
    naming = registry.naming(key)
    if naming is None:
        raise Http404(key)
    decided = Succession.objects.filter(agency=found).first()
    on = decided.on if decided else parse_date_or(request.GET.get("on", ""), _today())
    page = Paginator(naming.rows(found, on), A_PAGE).get_page(request.GET.get("page"))
    context = {"agency": found, "naming": naming, "page": page, "rows": [naming.show(row) for row in page], "on": on}
    return render(request, "directory/desk/succession_rows.html", context)


def _may_see(request: HttpRequest, code: str) -> Agency:
    """Both agencies' own may look, and whoever may for the city."""
    found = _agency(code)
    both = [found, *([found.successor] if found.successor else [])]
    if not any(queries.may(account_of(request), READ, agency=one, on=timezone.now()) for one in both):
        raise PermissionDenied(READ)
    return found


def groups(lines: list[acts.Line]) -> list[tuple[Fate, list[acts.Line], list[acts.Line]]]:
    """The kinds by what becomes of them: those with rows, and those without."""
    return [
        (
            fate,
            [line for line in lines if line.naming.fate == fate and line.number],
            [line for line in lines if line.naming.fate == fate and not line.number],
        )
        for fate in Fate
    ]


def _moved(decided: Succession) -> list[tuple[str, int]]:
    known = {naming.key: naming.label for naming in registry.namings()}
    return [(str(known.get(key, key)), number) for key, number in decided.moved.items() if number]
