"""語音選單: the tree with how often each node was heard, the way of single callers, versions and the editor of a draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.web.access import allowed, requires
from cityhall.web.forms import Form

from .. import hearing, menus
from ..forms.menus import NodeForm
from ..menus import CannotChangeMenu, Wanted
from ..models import Announcement, MenuNode, MenuVersion
from ..queries import MENU, MENU_READ
from ..states import NodeKind

DAYS = (7, 30, 90)


@requires(MENU_READ)
def index(request: HttpRequest) -> HttpResponse:
    """The menu that callers hear, with counts of the last days and the ways of those who called last."""
    now = timezone.now()
    given = request.GET.get("days", "")
    days = int(given) if given.isdecimal() and len(given) < 4 and int(given) in DAYS else 30
    today = day_of(now)
    version = menus.in_use(now)
    places = hearing.tree(version) if version else []
    hearing.counted(places, start_of_day(today - timedelta(days=days)), now)
    names = {one.node.code: str(one.node) for one in places}
    context = {
        "version": version, "places": places, "days": days, "choices": DAYS, "manages": allowed(request, MENU),
        "ways": hearing.ways(hearing.latest_callids(), names), "versions": MenuVersion.objects.all()[:50],
        "heard": places[0].heard if places else 0,
        "news": list(Announcement.objects.valid_on(today).filter(played=True)),
    }  # fmt: skip
    return render(request, "hotline/menu.html", context)


@requires(MENU_READ)
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version as it is or was; a draft can be changed here."""
    found = get_object_or_404(MenuVersion, number=number)
    manages = allowed(request, MENU)
    draft = found.in_use_from is None
    context = {
        "version": found, "places": hearing.tree(found), "manages": manages, "draft": draft and manages,
        "has_draft": MenuVersion.objects.filter(in_use_from=None).exists(), "choice": NodeKind.CHOICE,
    }  # fmt: skip
    return render(request, "hotline/menu_version.html", context)


@requires(MENU)
@require_POST
@form_once
def begin(request: HttpRequest) -> HttpResponse:
    """A draft like the version in use, or like an older one that is wanted back."""
    like = request.POST.get("like", "")
    old = MenuVersion.objects.filter(number=like).first() if like.isdecimal() and len(like) < 9 else None
    made = menus.new_version(by=request.user, at=timezone.now(), like=old)
    messages.success(request, _("第%(n)s版是草稿，改好之後再啟用。") % {"n": made.number})
    return HttpResponseRedirect(reverse("hotline:menu_version", args=[made.number]))


def _back(number: int) -> tuple[str, str]:
    return reverse("hotline:menu_version", args=[number]), _("第%(n)s版") % {"n": number}


def _node(number: int, code: str) -> MenuNode:
    return get_object_or_404(MenuNode.objects.select_related("version", "above"), version__number=number, code=code)


@requires(MENU)
@form_once
def add(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """A further node below this one."""
    above, now, back = _node(number, code), timezone.now(), _back(number)

    def do(given: dict[str, Any]) -> str:
        return _("已新增「%(name)s」。") % {"name": menus.add_node(above, Wanted(**given), by=request.user, at=now)}

    return act_page(
        request, form=NodeForm(request.POST if request.method == "POST" else None),
        title=_("在「%(name)s」下面新增") % {"name": above}, button=_("新增"), do=do, back=back, to=back[0],
        refused=CannotChangeMenu,
    )  # fmt: skip


@requires(MENU)
@form_once
def change(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """Write a node anew."""
    node, now, back = _node(number, code), timezone.now(), _back(number)
    form = NodeForm(request.POST if request.method == "POST" else None, node=node, top=node.above_id is None)

    def do(given: dict[str, Any]) -> str:
        return _("已修改「%(name)s」。") % {"name": menus.change_node(node, Wanted(**given), by=request.user, at=now)}

    return act_page(
        request, form=form, title=_("修改「%(name)s」") % {"name": node}, button=_("儲存"), do=do, back=back, to=back[0],
        refused=CannotChangeMenu,
    )  # fmt: skip


@requires(MENU)
@form_once
def remove(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """Take a node out of a draft."""
    node, now, back = _node(number, code), timezone.now(), _back(number)

    def do(_given: dict[str, Any]) -> str:
        name = str(node)
        menus.remove_node(node, by=request.user, at=now)
        return _("已刪除「%(name)s」。") % {"name": name}

    return act_page(
        request, form=Form(request.POST if request.method == "POST" else None),
        title=_("刪除「%(name)s」") % {"name": node}, button=_("刪除"), do=do, back=back, to=back[0],
        refused=CannotChangeMenu, summary=[(_("代碼"), node.code), (_("語音內容"), node.prompt or "—")],
    )  # fmt: skip


@requires(MENU)
@form_once
def put_in_use(request: HttpRequest, number: int) -> HttpResponse:
    """啟用 a draft."""
    found, now, back = get_object_or_404(MenuVersion, number=number), timezone.now(), _back(number)

    def do(_given: dict[str, Any]) -> str:
        menus.put_in_use(found, by=request.user, at=now)
        return _("第%(n)s版已啟用。") % {"n": number}

    return act_page(
        request, form=Form(request.POST if request.method == "POST" else None),
        title=_("啟用第%(n)s版語音選單") % {"n": number}, button=_("啟用"), do=do, back=back,
        to=reverse("hotline:menu"), refused=CannotChangeMenu,
        lead=_("啟用之後這一版不能再改。要回到從前的版本，在那一版的頁面建立一樣的草稿再啟用。"),
    )  # fmt: skip
