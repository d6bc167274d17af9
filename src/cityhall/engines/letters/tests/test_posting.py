"""Letters on paper go to the post: printed together, ticked off, taken back."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as real_settings
from pypdf import PdfReader

from cityhall.engines.audit.models import Entry
from cityhall.engines.letters import paper, queries, services
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import CannotPost, Recipient
from cityhall.engines.letters.tests.conftest import NOON
from cityhall.foundation.clock import day_of

pytestmark = pytest.mark.django_db
TODAY = day_of(NOON)
CONTEXT = {"number": "115-000123", "code": "482913", "due": date(2026, 11, 24)}
MAIN = Path(real_settings.BUILD_DIR)


@pytest.fixture
def two() -> list[Letter]:
    """Two letters on paper that are made."""
    for n in range(2):
        services.send(
            "test.code", to=Recipient(name=f"陳小美{n}", address=f"桃園區示範路{n}號"), context=CONTEXT, about=None,
            key=f"k{n}", at=NOON, channel="paper",
        )  # fmt: skip
    Letter.objects.update(state="SENT", sent_at=NOON)
    return list(Letter.objects.order_by("pk"))


class TestPosting:
    def test_notes_the_day_and_the_registered_number_once(self, two):
        first = services.post(two[:1], on=TODAY, numbers={two[0].pk: "123456"}, by=None, at=NOON)
        again = services.post(two[:1], on=TODAY, numbers={}, by=None, at=NOON)

        two[0].refresh_from_db()
        assert (first, again, two[0].posting) == (1, 0, "123456")
        assert list(queries.to_post()) == [two[1]]
        assert list(queries.posted()) == [two[0]]
        assert Entry.objects.filter(event="letter.posted").count() == 1

    @pytest.mark.parametrize("days", [1, -1])
    def test_refuses_a_day_on_which_it_cannot_have_been(self, two, days):
        with pytest.raises(CannotPost):
            services.post(two, on=TODAY + timedelta(days=days), numbers={}, by=None, at=NOON)

        assert queries.to_post().count() == 2

    def test_takes_it_back(self, two):
        services.post(two, on=TODAY, numbers={}, by=None, at=NOON)

        services.take_back(two[0], by=None, at=NOON)

        assert list(queries.to_post()) == [two[0]]

    def test_prints_many_each_on_a_page(self, two):
        if not any((MAIN / "fonts").glob("*.[ot]tf")):
            pytest.skip("the fonts are not built: make setup")
        pages = PdfReader(BytesIO(paper.together(two))).pages

        assert [f"陳小美{n}" in page.extract_text().replace(" ", "") for n, page in enumerate(pages)] == [True, True]
