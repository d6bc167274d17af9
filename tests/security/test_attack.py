"""How the reports of wapiti and sqlmap are read: what is clean, what is not, and what was not looked at."""

from types import SimpleNamespace

import pytest

from tests.security.attack import NOT_INJECTABLE, of_sqlmap, of_wapiti, was_inside
from tests.security.city import Attacked, Filters, asked, one_time_code, operations

HEADING = "Target URL,Place,Parameter,Technique(s),Note(s)\n"


def report(level: int = 1, info: str = "what", pages: int = 50, failed: int = 0, path: str = "/x/"):
    one = {"method": "GET", "path": path, "parameter": "q", "info": info, "level": level}
    return {
        "infos": {"crawled_pages_nbr": pages},
        "vulnerabilities": {"Reflected Cross Site Scripting": [one], "SQL Injection": []},
        "anomalies": {"Internal Server Error": [one] * failed, "Resource consumption": [one]},
    }


class TestWapiti:
    @pytest.mark.parametrize(("level", "found"), [(1, 0), (2, 1), (3, 1), (4, 1)])
    def test_what_is_medium_or_worse_is_a_finding(self, level, found):
        assert len(list(of_wapiti(report(level)))) == found

    def test_a_failing_server_is_one(self):
        assert [line.partition(":")[0] for line in of_wapiti(report(failed=2))] == ["the server failed"] * 2

    def test_a_walk_that_saw_nothing_is_one(self):
        assert list(of_wapiti(report(pages=1))) == ["only 1 pages were looked at"]

    def test_what_only_tls_can_mend_is_left_to_the_settings(self):
        assert list(of_wapiti(report(2, "Strict-Transport-Security is not set"))) == []

    @pytest.mark.parametrize(
        ("path", "info", "found"),
        [
            ("/chat/40c6fc9d-4348-4b51-a854-9604267f859f/answers/3/helped/", "Lack of anti CSRF token", 0),
            ("/en/chat/40c6fc9d-4348-4b51-a854-9604267f859f/", "Lack of anti CSRF token", 0),
            ("/chat/", "Lack of anti CSRF token", 1), ("/petitions/new/", "Lack of anti CSRF token", 1),
            ("/chat/40c6fc9d-4348-4b51-a854-9604267f859f/", "XSS vulnerability", 1),
        ],
    )  # fmt: skip
    def test_a_conversation_needs_no_token_since_its_key_is_the_right(self, path, info, found):
        assert len(list(of_wapiti(report(2, info, path=path)))) == found


class TestSqlmap:
    def test_all_tried_and_nothing_injectable_is_clean(self):
        assert list(of_sqlmap("public", f"{NOT_INJECTABLE}\n" * 2, HEADING, 2)) == []

    def test_a_parameter_that_can_be_injected_is_a_finding(self):
        rows = HEADING + "http://127.0.0.1/desk/,GET,q,B,\n"

        assert list(of_sqlmap("officer", "", rows, 1)) == ["officer: http://127.0.0.1/desk/ GET q: B"]

    def test_what_sqlmap_took_back_is_none(self):
        rows = HEADING + "http://127.0.0.1/api/v1/figures,GET,from,B,false positive or unexploitable\n"

        assert list(of_sqlmap("api", NOT_INJECTABLE, rows, 1)) == []

    def test_an_address_that_was_not_tried_is_one(self):
        found = list(of_sqlmap("public", NOT_INJECTABLE, HEADING, 3))

        assert found == ["public: only 1 of 3 addresses were tried: see sqlmap-public.log"]


def answering(at: str, status: int = 200, text: str = "") -> SimpleNamespace:
    """A browser that is led to an address, whatever it asks for."""
    page = SimpleNamespace(status_code=status, text=text, url=SimpleNamespace(path=at))
    return SimpleNamespace(get=lambda path: page)


class TestBeingInside:
    LINE = '{"logger": "cityhall.request", "route": "worklist:list", "account": %s}\n'

    def city(self, tmp_path, somebody: int) -> Attacked:
        (tmp_path / "serve.log").write_text(self.LINE % "null" * 500 + self.LINE % 7 * somebody + "no line of ours\n")
        return Attacked(tmp_path, 1)

    def test_is_seen_from_the_citys_own_log(self, tmp_path):
        assert self.city(tmp_path, 120).answered_to_somebody() == 120

    def test_an_attack_from_outside_that_should_be_inside_is_a_finding(self, tmp_path):
        found = list(was_inside(self.city(tmp_path, 120), answering("/desk/"), before=110))

        assert found == ["only 10 requests came from somebody signed in"]

    def test_so_is_one_whose_session_ended(self, tmp_path):
        found = list(was_inside(self.city(tmp_path, 120), answering("/desk/sign-in/"), before=0))

        assert found == ["the session ended before the attack did"]

    def test_one_that_was_inside_to_its_end_is_clean(self, tmp_path):
        assert list(was_inside(self.city(tmp_path, 120), answering("/desk/"), before=0)) == []


class TestAsking:
    def test_filters_are_those_of_the_forms_that_ask(self):
        page = Filters()
        page.feed(
            '<form method="post"><input name="password"></form>'
            '<form><input name="q" value=""><select name="status"><option value=""><option value="open"></select></form>'
        )

        assert page.names == {"q": "", "status": "open"}

    def test_a_filter_is_asked_with_what_it_can_read(self):
        form = '<form><select name="from"><option value="2026-12"></select><input name="first_year"><input name="q"></form>'

        assert asked(answering("/x/", text=form), "/x/") == "/x/?from=2026-01&first_year=2026&q=1&page=1"

    @pytest.mark.parametrize(("at", "status"), [("/x/", 403), ("/desk/sign-in/", 200)])
    def test_a_page_that_does_not_open_or_asks_to_sign_in_is_an_error(self, at, status):
        with pytest.raises(RuntimeError, match=f"^/x/ answers {status} at {at}$"):
            asked(answering(at, status), "/x/")

    def test_operations_are_those_that_are_read_with_parameters(self):
        paged = {"parameters": [{"name": "page", "in": "query"}]}
        description = {"paths": {"/a": {"get": paged}, "/a/{n}": {"get": paged}, "/b": {"get": {}, "post": paged}}}

        assert operations(description) == ["/a?page=1"]

    def test_a_code_is_six_digits(self):
        assert len(one_time_code("JBSWY3DPEHPK3PXP")) == 6
