"""The demo's last day: every account shown at start has work of its kind."""

from datetime import timedelta

import pytest

from cityhall.domains.petitions import bad_days
from cityhall.domains.petitions.backlog import LEFT, picture
from cityhall.domains.petitions.insistent import STORIES
from cityhall.domains.petitions.models import Category
from cityhall.domains.petitions.samples import TO_CALL, HalfYear, Site, Text
from cityhall.domains.petitions.services import rulebook, todos
from cityhall.domains.petitions.tests.city import NINE, make_category, make_city
from cityhall.engines.worklist.models import Todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def last_day(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    city = make_city()
    for code in {left.category for left in LEFT} - set(Category.objects.values_list("code", flat=True)):
        make_category(code, code, city.works)
    for stage in (1, 2):
        rulebook.add_template(
            code=f"plain-{stage}", category=None, stage=stage, name="一般", text="{稱呼}您好：{說明內容}。",
            outcome="EXPLAINED" if stage == 2 else "", by=None, at=NINE,
        )  # fmt: skip
    site = Site(121.3, 25.0, "桃園區中山路", "中山路", "桃園區")
    texts = [Text("street_light", "路燈不亮", "巷口的路燈不亮。")]
    half_year = HalfYear(texts, [site], NINE - timedelta(days=10), NINE, deliver=None)
    half_year.categories = {row.code: row for row in Category.objects.all()}
    half_year.leave_work(city.officer, city.colleague)
    half_year.run(0)
    return city, half_year


def waiting(kind, **whose):
    return Todo.objects.open().filter(kind=kind, **whose).count()


def test_everybody_has_something_to_do(last_day):
    city, half_year = last_day

    assert (
        half_year.tally.filed
        == len(LEFT) + len(TO_CALL) + sum(len(story.texts) for story in STORIES) + bad_days.WRITTEN
    )
    assert waiting("petition.call_back") == len(TO_CALL)
    assert half_year.tally.refused == []
    assert waiting(todos.DISPATCH) >= 1
    assert waiting(todos.ASSIGN, agency=city.works) >= 5
    assert waiting(todos.HANDLE, person=city.officer) >= 10
    assert waiting(todos.HANDLE, person=city.colleague) == 2
    assert waiting(todos.APPROVE) >= 4
    assert waiting(todos.EXTENSION) == 2
    assert waiting(todos.WAITING, person=city.officer) == 1
    assert waiting(todos.ALERT) == 1


@pytest.mark.parametrize("kind", ["dark", "lean", "pavement", "lit"])
def test_pictures_are_drawn(kind):
    assert picture(kind).getvalue()[:3] == b"\xff\xd8\xff"
