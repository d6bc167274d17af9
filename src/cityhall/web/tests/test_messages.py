"""The message tool on small apps made for the test, and our own catalogues."""

from __future__ import annotations

import gettext
from pathlib import Path

import polib
import pytest

from cityhall.web import messages


def app_with(folder: Path, name: str, **files: str) -> Path:
    app = folder / name
    (app / "templates").mkdir(parents=True)
    (app / "apps.py").write_text("")
    for file, text in files.items():
        path = app / file.replace("__", "/").replace("_py", ".py").replace("_html", ".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return app


class TestInPython:
    def test_finds_plain_plural_and_context(self) -> None:
        source = (
            'a = _("派案")\nb = ngettext("%(n)d件", "%(n)d件們", n) % {"n": n}\n'
            'c = pgettext("動詞", "處理")\nd = gettext_lazy("第一"\n    "第二")\n'
        )

        found = list(messages.in_python(source))

        assert messages.Message("派案") in found
        assert messages.Message("%(n)d件", plural="%(n)d件們") in found
        assert messages.Message("處理", context="動詞") in found
        assert messages.Message("第一第二") in found

    def test_complains_of_an_f_string(self) -> None:
        (problem,) = messages.in_python('_(f"共{n}件")')

        assert "f-string" in str(problem)


class TestInTemplate:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ('{% load i18n %}{% translate "查詢進度" %}', messages.Message("查詢進度")),
            ("{% load i18n %}{% trans '打「1999」' %}", messages.Message("打「1999」")),
            ('{% load i18n %}{% translate "件" context "量詞" %}', messages.Message("件", context="量詞")),
            ('{% include "x.html" with title=_("沒有案件") only %}', messages.Message("沒有案件")),
            ('{% component "details" summary=_("為什麼") %}{% endcomponent %}', messages.Message("為什麼")),
            (
                "{% load i18n %}{% blocktranslate trimmed with n=p.number %}\n  第{{ n }}頁\n{% endblocktranslate %}",
                messages.Message("第%(n)s頁"),
            ),
            (
                "{% load i18n %}{% blocktranslate count n=r %}{{ n }}件{% plural %}{{ n }}件們{% endblocktranslate %}",
                messages.Message("%(n)s件", plural="%(n)s件們"),
            ),
            ('{% load i18n %}{% translate "已用%{count}個字" %}', messages.Message("已用%%{count}個字")),
        ],
    )
    def test_finds(self, source: str, expected: messages.Message) -> None:
        assert list(messages.in_template(source)) == [expected]


class TestCycle:
    def test_extract_check_translate_compile(self, tmp_path: Path) -> None:
        app = app_with(
            tmp_path, "petitions", views_py='_("派案")', templates__a_html='{% load i18n %}{% translate "結案" %}'
        )

        assert messages.extract(tmp_path) == {app: 2}
        assert len([one for one in messages.check(tmp_path) if "untranslated" in one]) == 2

        catalogue = polib.pofile(str(messages.catalogue_path(app)))
        for entry in catalogue:
            entry.msgstr = {"派案": "dispatch", "結案": "closed"}[entry.msgid]
        catalogue.save()

        assert messages.check(tmp_path) == []
        assert messages.compile_all(tmp_path) == 1
        with messages.catalogue_path(app).with_suffix(".mo").open("rb") as file:
            assert gettext.GNUTranslations(file).gettext("派案") == "dispatch"

    def test_names_missing_obsolete_and_lost_placeholders(self, tmp_path: Path) -> None:
        app = app_with(tmp_path, "petitions", views_py='_("第%(n)s件")')
        messages.extract(tmp_path)
        catalogue = polib.pofile(str(messages.catalogue_path(app)))
        catalogue[0].msgstr = "case"
        catalogue.append(polib.POEntry(msgid="走了", msgstr="gone"))
        catalogue.save()
        (app / "more.py").write_text('_("新的")', encoding="utf-8")

        wrong = "\n".join(messages.check(tmp_path))

        assert "placeholders differ" in wrong
        assert "obsolete: '走了'" in wrong
        assert "missing: '新的'" in wrong

    def test_names_what_is_said_twice(self, tmp_path: Path) -> None:
        app = app_with(tmp_path, "petitions", views_py='_("請縮小照片後再送一次。")')
        messages.extract(tmp_path)
        catalogue = polib.pofile(str(messages.catalogue_path(app)))
        catalogue[0].msgstr = "Make the photo smaller.Make the photo smaller."
        catalogue.save()

        assert any("says everything twice" in one for one in messages.check(tmp_path))

    def test_two_apps_must_translate_alike(self, tmp_path: Path) -> None:
        for name, english in (("cases", "case"), ("petitions", "petition")):
            app = app_with(tmp_path, name, views_py='_("案件")')
            messages.extract(tmp_path)
            catalogue = polib.pofile(str(messages.catalogue_path(app)))
            catalogue[0].msgstr = english
            catalogue.save()

        assert any("use one" in one for one in messages.check(tmp_path))

    def test_a_new_app_takes_translations_that_others_have(self, tmp_path: Path) -> None:
        first = app_with(tmp_path, "cases", views_py='_("結案")')
        messages.extract(tmp_path)
        catalogue = polib.pofile(str(messages.catalogue_path(first)))
        catalogue[0].msgstr = "closed"
        catalogue.save()
        app_with(tmp_path, "petitions", views_py='_("結案")')

        assert set(messages.extract(tmp_path).values()) == {0}
        assert messages.check(tmp_path) == []

    def test_leaves_out_tests_and_inner_apps(self, tmp_path: Path) -> None:
        outer = app_with(tmp_path, "outer", tests__test_py='_("不要")')
        app_with(outer, "inner", views_py='_("裡面的")')

        assert messages.collect(outer, tmp_path).messages == {}
