"""The index in the database: the same answers on SQLite and PostgreSQL, in the caller's own transaction and query."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhall.engines.textsearch import ids, indexes, queries, rules, services
from cityhall.engines.textsearch.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def groups_can_be_searched(monkeypatch):
    monkeypatch.setattr(services, "_registered", {})
    services.register(Group, text_of=lambda group: group.name)
    yield
    services.post_delete.disconnect(sender=Group, dispatch_uid="textsearch.auth.group")


def add(text: str) -> Group:
    group = Group.objects.create(name=text[:140] + str(Group.objects.count()))
    services.index(group, text)
    return group


def found(query: str) -> list[Group]:
    return list(queries.matching(Group.objects.order_by("-pk"), query))


class TestMatching:
    def test_finds_words_of_every_length(self):
        lamp = add("中山路 200 號前路燈不亮三天了")

        for query in ("燈", "路燈", "路燈不亮", "了", "中山 路燈", "200", "00", "２００"):
            assert found(query) == [lamp], query
        assert found("燈路") == []

    def test_finds_digits_and_latin_inside_a_word(self):
        number, bus, lamp = add("案號 123456"), add("第58車次"), add("裝LED燈")

        assert found("2345") == [number]
        assert found("58車") == [bus]
        assert found("ed") == [lamp]

    def test_takes_variants_as_one(self):
        taipei = add("台北的污水")

        assert found("臺北") == found("汙水") == [taipei]

    @pytest.mark.parametrize("word", ["'", '"', "\\", "*", "a'b", "燈:*", "' & '", "<->", "()", "NOT 燈", "_", "%"])
    def test_takes_marks_as_they_are(self, word):
        written, _other = add(f"前{word}後"), add("前後 燈 a b")

        assert found(word) == [written]

    def test_holds_the_words_of_a_query_in_whatever_part_they_stand(self):
        filler = "".join(chr(0x4E00 + n) for n in range(9000))
        long = add("🚲" + filler + "🚦")

        assert Document.objects.count() == 2
        assert found("🚲 🚦") == [long]
        assert found(filler[7850:7949]) == [long]

    def test_finds_a_text_of_one_character_many_times(self):
        laugh = add("哈" * 3000 + "完")

        assert found("哈哈完") == [laugh]

    def test_leaves_the_callers_filter_and_order(self):
        first, second, _third = add("路燈"), add("路燈"), add("路燈")
        mine = Group.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk")

        with_search = queries.matching(mine, "路燈")

        assert list(with_search) == [first, second]
        assert with_search.count() == 2

    def test_of_no_word_leaves_all(self):
        lamp = add("路燈")

        assert found(" ") == [lamp]

    def test_answers_with_one_statement(self, django_assert_num_queries):
        lamp = add("路燈不亮")
        search = queries.matching(Group.objects.filter(pk__gt=0).order_by("-pk"), "路燈 不亮")

        with django_assert_num_queries(1):
            assert list(search) == [lamp]

    def test_finds_frequent_words_in_the_callers_order(self, monkeypatch):
        monkeypatch.setattr(indexes, "FREQUENT", 3)
        lamps = [add("路燈") for _number in range(5)]

        assert found("路燈") == found("燈") == lamps[::-1]
        assert found("路燈 燈")[:2] == lamps[:2:-1]

    def test_never_mixes_kinds_of_records(self):
        services.register(Permission, text_of=lambda permission: permission.name)
        permission = Permission.objects.order_by("pk").first()
        services.index(permission, "路燈")
        group = Group.objects.create(pk=permission.pk, name="x")
        services.index(group, "水溝")

        assert found("路燈") == []
        assert list(queries.matching(Permission.objects.all(), "路燈")) == [permission]

    def test_refuses_a_kind_that_nobody_declared(self):
        with pytest.raises(services.NotRegistered):
            queries.matching(Permission.objects.all(), "路燈")

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
    @given(
        texts=st.lists(st.text(alphabet="路燈臺台不aA1２-'\" \u3000𠮷é\u0301", max_size=20), min_size=1, max_size=6),
        query=st.text(alphabet="路燈臺不a1２-'\" 𠮷é\u0301", min_size=1, max_size=5),
    )
    def test_is_a_substring_search(self, texts, query):
        with transaction.atomic():
            groups = [add(text) for text in texts]

            assert set(found(query)) == {
                group for group, text in zip(groups, texts, strict=True) if rules.contains(text, query)
            }
            transaction.set_rollback(True)


class TestIndex:
    def test_replaces_what_was_there(self):
        group = add("路燈不亮")

        services.index(group, "水溝蓋")

        assert (found("路燈"), found("水溝")) == ([], [group])

    def test_is_undone_with_the_transaction(self):
        group = add("路燈不亮")

        with transaction.atomic():
            services.index(group, "水溝蓋")
            assert found("水溝") == [group]
            transaction.set_rollback(True)

        assert (found("路燈"), found("水溝")) == ([group], [])

    def test_forgets(self):
        group = add("路燈不亮")

        services.forget(group)

        assert found("路燈") == []
        assert Document.objects.count() == 0

    def test_forgets_a_deleted_record_by_itself(self):
        add("路燈不亮").delete()

        assert Document.objects.count() == 0

    def test_forgets_every_part_of_a_long_text(self):
        group = add("".join(chr(0x4E00 + n) for n in range(20_000)))

        services.index(group, "短")

        assert Document.objects.count() == 1
        assert (found(chr(0x4E00 + 19_999)), found("短")) == ([], [group])

    def test_refuses_a_text_beyond_all_measure(self, monkeypatch):
        monkeypatch.setattr(ids, "MOST_PARTS", 2)

        with pytest.raises(ValueError, match="too long"):
            add("".join(chr(0x4E00 + n) for n in range(20_000)))

    def test_bears_an_empty_text(self):
        group = add("")

        assert found("路") == []
        assert found("") == [group]

    def test_keeps_no_readable_copy_where_the_database_needs_none(self):
        add("路燈")

        assert Document.objects.get().text == ("路燈" if connection.vendor == "sqlite" else "")


class TestRebuild:
    def test_makes_the_index_from_the_records(self, capsys):
        lamp = Group.objects.create(name="路燈不亮")
        Group.objects.create(name="水溝")

        call_command("search", "rebuild")

        assert found("路燈") == [lamp]
        assert "auth.Group: 2 indexed" in capsys.readouterr().out

    def test_is_asked_for_when_texts_are_cut_in_another_way(self):
        add("路燈")
        assert not queries.needs_rebuild()

        Document.objects.update(version=rules.VERSION + 1)

        assert queries.needs_rebuild()


class TestIds:
    def test_tell_the_record_and_stay_within_its_kind(self):
        parts = ids.part_ids(ids.first_id(7, 123), 3)
        lowest, highest = ids.ids_of_kind(7)

        assert {part & ids.RECORD_MASK for part in parts} == {123}
        assert len(set(parts)) == 3
        assert all(lowest <= part <= highest for part in parts)
        assert highest + 1 == ids.ids_of_kind(8)[0]
        assert ids.ids_of_kind(4095)[1] < 2**63

    @pytest.mark.parametrize(("record", "kind"), [(-1, 1), (1, 4096), (1 << 39, 1)])
    def test_refuse_what_does_not_fit(self, record, kind):
        with pytest.raises(ValueError, match="cannot index"):
            ids.first_id(kind, record)
