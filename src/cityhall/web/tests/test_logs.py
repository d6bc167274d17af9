"""What the log says of an error."""

from cityhall.web.logs import trace


def raised(error: BaseException, after: BaseException | None = None) -> BaseException:
    try:
        if after is None:
            raise error
        try:
            raise after
        except type(after):
            raise error from after
    except type(error) as caught:
        return caught


class TestTrace:
    def test_says_where_and_what_without_what_is_cited(self):
        told = trace(raised(ValueError("duplicate key 'wang@mail.example' of 王小明\nDETAIL: row (A123456789)")))

        assert "test_logs.py" in told
        assert told.endswith("builtins.ValueError: duplicate key … of …")

    def test_says_the_cause_first(self):
        told = trace(raised(RuntimeError("cannot file"), after=KeyError("王小明")))

        assert told.index("builtins.KeyError: …") < told.index("\nafter:\n") < told.index("RuntimeError: cannot file")

    def test_ends_where_errors_cite_each_other(self):
        first, second = ValueError("first"), ValueError("second")
        first.__cause__, second.__cause__ = second, first

        assert trace(first).count("ValueError") == 2

    def test_of_nothing_is_nothing(self):
        assert trace(None) == ""
