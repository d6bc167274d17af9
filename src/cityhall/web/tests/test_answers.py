"""Answers that are given again: to whom, how long, and how many."""

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from cityhall.web.answers import AnswersMiddleware, Known, Memory, key_of, repeats

ask = RequestFactory()


class Door:
    """A view whose answers hold until it is told otherwise."""

    def __init__(self) -> None:
        self.made, self.asked, self.holds, self.answer = 0, 0, True, HttpResponse
        self.middleware = AnswersMiddleware(self.view)

    def view(self, request):
        self.made += 1
        response = self.answer(f"no. {self.made}", headers={"ETag": f'"{self.made}"'})
        repeats(response, self.again)
        return response

    def again(self, request):
        self.asked += 1
        return self.holds

    def get(self, path="/ogc/collections/a/items", **more):
        return self.middleware(ask.get(path, **more))


@pytest.fixture
def door():
    return Door()


class TestAnAnswer:
    def test_is_given_again_with_its_headers_and_asked_each_time(self, door):
        first, *later = [door.get() for _n in range(3)]

        assert door.made == 1
        assert door.asked == 2
        assert [(one.content, one["ETag"]) for one in later] == [(first.content, '"1"')] * 2

    def test_is_made_anew_when_it_does_not_hold(self, door):
        door.get()
        door.holds = False

        assert door.get().content == b"no. 2"
        assert door.get().content == b"no. 3"

    def test_is_left_to_the_view_where_the_database_does_not_answer(self, door):
        door.get()
        for one in door.middleware.memory._known.values():
            object.__setattr__(one, "again", lambda request: (_ for _ in ()).throw(OperationalError("locked")))

        assert door.get().content == b"no. 2"

    @pytest.mark.parametrize(
        "other",
        [{"path": "/ogc/collections/b/items"}, {"path": "/ogc/collections/a/items?limit=1"},
         {"headers": {"Accept": "text/html"}}, {"headers": {"Accept-Language": "en"}}, {"headers": {"Accept-Encoding": "gzip"}},
         {"headers": {"Host": "other.example"}}, {"secure": True}],
    )  # fmt: skip
    def test_is_for_the_same_question_only(self, door, other):
        door.get()
        door.get(**other)

        assert door.made == 2

    @pytest.mark.parametrize(
        "own", ["Cookie", "Authorization", "X-API-Key", "Range", "If-None-Match", "If-Modified-Since"]
    )
    def test_is_nobodys_own(self, door, own):
        door.get()
        door.get(headers={own: "x"})
        door.get(headers={own: "x"})

        assert (door.made, door.asked) == (3, 0)

    def test_is_of_programs_and_is_read(self):
        assert key_of(ask.get("/ogc/")) is not None
        assert key_of(ask.post("/ogc/points")) is None
        assert key_of(ask.head("/ogc/")) is None
        assert key_of(ask.get("/petitions/")) is None

    @pytest.mark.parametrize("status", [204, 302, 404, 429, 503])
    def test_that_is_no_good_one_is_not_kept(self, door, status):
        door.answer = lambda *args, **more: HttpResponse(*args, status=status, **more)
        door.get()
        door.get()

        assert door.made == 2

    def test_with_a_cookie_or_too_large_is_not_kept(self, door):
        def with_cookie(*args, **more):
            response = HttpResponse(*args, **more)
            response.set_cookie("session", "somebody's")
            return response

        for answer in (with_cookie, lambda *args, **more: HttpResponse(b"x" * (2**20 + 1), **more)):
            door.answer, door.made = answer, 0
            door.get()
            door.get()

            assert door.made == 2

    def test_whose_view_says_nothing_is_not_kept(self):
        made = []
        middleware = AnswersMiddleware(lambda request: made.append(1) or HttpResponse("x"))
        for _n in range(2):
            middleware(ask.get("/ogc/"))

        assert len(made) == 2


class TestMemory:
    def test_lets_the_longest_unasked_go_when_it_is_full(self):
        memory = Memory(most_bytes=3 * 2_100)
        for name in ("a", "b", "c"):
            memory.keep((name,), Known(b"x" * 100, {}, bool, None, ""))
        memory.get(("a",))
        memory.keep(("d",), Known(b"x" * 100, {}, bool, None, ""))

        assert [memory.get((name,)) is not None for name in ("a", "b", "c", "d")] == [True, False, True, True]

    def test_counts_what_it_holds(self):
        memory = Memory()
        for _twice in range(2):
            memory.keep(("a",), Known(b"x" * 100, {}, bool, None, ""))
        assert memory.bytes == 2_100
        memory.drop(("a",))
        memory.drop(("a",))
        assert memory.bytes == 0
