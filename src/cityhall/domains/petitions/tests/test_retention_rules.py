"""When personal data goes, what keeps it: every branch of the rules."""

from datetime import date

import pytest
from django.apps import apps
from django.db.models import CharField, JSONField, TextField

from cityhall.domains.petitions.retention import (
    HoldFault,
    Kept,
    KeptKind,
    KeptWhere,
    Stay,
    due_on,
    goes,
    hold_faults,
    months_after,
    over,
    stays,
)
from cityhall.domains.petitions.services.retention import WORDS

W = KeptWhere
PERIODS = {W.MAILS: 12, W.LETTERS: 24, W.FILES: 36, W.WORDS: 60, W.REQUESTER: 12}
DAY = date(2026, 11, 16)


def closed(**more):
    return Kept(**{"kind": KeptKind.ORDINARY, "ended_on": DAY, **more})


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 11, 16), 12, date(2027, 11, 16)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_months_last(day, months, found):
    assert months_after(day, months) == found


class TestDue:
    def test_counts_from_the_last_thing_that_happened(self):
        assert due_on(closed(), W.MAILS, PERIODS) == date(2027, 11, 16)

    def test_is_never_while_the_petition_is_open(self):
        assert due_on(closed(ended_on=None), W.MAILS, PERIODS) is None

    def test_lets_the_requester_go_last(self):
        """Whatever their own period says: by their name the texts are covered."""
        assert due_on(closed(), W.REQUESTER, PERIODS) == due_on(closed(), W.WORDS, PERIODS) == date(2031, 11, 16)


class TestOver:
    def test_begins_on_the_day_itself(self):
        assert over(closed(), PERIODS, date(2027, 11, 15)) == ()
        assert over(closed(), PERIODS, date(2027, 11, 16)) == (W.MAILS,)

    def test_grows_with_the_years(self):
        assert over(closed(), PERIODS, date(2029, 11, 16)) == (W.MAILS, W.LETTERS, W.FILES)
        assert over(closed(), PERIODS, date(2031, 11, 16)) == tuple(W)


class TestStays:
    LATER = date(2040, 1, 1)

    def test_nothing_keeps_what_is_closed_and_asked_for_by_nobody(self):
        assert stays(closed(), self.LATER) is None
        assert goes(closed(), PERIODS, self.LATER) == tuple(W)

    def test_while_it_is_open(self):
        assert stays(closed(ended_on=None, held_until=self.LATER), self.LATER) is Stay.OPEN

    def test_while_it_is_held_the_last_day_in(self):
        assert stays(closed(held_until=self.LATER), self.LATER) is Stay.HELD
        assert stays(closed(held_until=date(2039, 12, 31)), self.LATER) is None

    @pytest.mark.parametrize("stay", [Stay.PROMISED, Stay.LISTED, Stay.CHECKED])
    def test_while_somebody_still_works_with_it(self, stay):
        one = closed(waits=frozenset({stay}))

        assert stays(one, self.LATER) is stay
        assert goes(one, PERIODS, self.LATER) == ()


class TestHolding:
    GIVEN = {"reason": "115年度國字第12號", "until": DAY, "today": DAY, "longest_months": 12, "all_gone": False}

    def test_takes_today_as_the_last_day(self):
        assert hold_faults(**self.GIVEN) == ()

    @pytest.mark.parametrize(
        ("more", "fault"),
        [
            ({"reason": "　"}, HoldFault.NO_REASON),
            ({"until": date(2026, 11, 15)}, HoldFault.PAST),
            ({"until": date(2027, 11, 17)}, HoldFault.TOO_LONG),
            ({"all_gone": True}, HoldFault.GONE),
        ],
    )
    def test_refuses(self, more, fault):
        assert hold_faults(**{**self.GIVEN, **more}) == (fault,)

    def test_allows_the_longest(self):
        assert hold_faults(**{**self.GIVEN, "until": date(2027, 11, 16)}) == ()


STAYS = {
    "Petition": ("answers",), "Case": ("title", "text", "number", "tracking_code", "kind", "language"),
    "Place": ("words", "label", "road", "district_code", "district_name", "village_code", "village_name"),
    "Requester": ("name", "email", "phone", "phone_key", "address", "language"), "Supporter": ("email", "phone", "language"), "Consent": ("how", "shares"),
    "AgencyDigest": ("own",), "DigestSending": ("note",), "FrozenCell": ("dimension", "part", "label", "measure", "keys"), "ImportedPetition": ("source", "their_number"),
    "AreaSubscription": ("email", "language", "district_code", "village_code", "place", "categories"),
    "Draft": ("data",), "Event": ("type", "payload"), "RestrictionKey": ("digest",), "Restriction": ("words",),
    "DispatchDecision": (
        "reasons", "candidates", "predicted", "spans", "words", "word_rule", "route_rule", "model_version",
        "place_version", "area_code", "manager_layer", "watched_category",
    ),
    "Reply": ("template", "outcome", "approver_role"), "UploadLink": ("digest",), "CaseConference": ("agencies",),
    "RestrictionStep": ("type",), "QualityStep": ("type",), "PassedOn": ("document_number",), "PassedOnStep": ("type",),
    "PeerRequest": ("service", "reference", "token", "their_id", "status", "responsible", "trouble", "trouble_said"), "Removal": ("counts",), "Referral": ("document_number",),
    "Cluster": ("title", "district_code", "rule", "news"), "ClusterMember": ("why",), "ClusterStep": ("type", "text"),
    "ReceivedLetter": ("registered_number", "sender_name", "sender_address", "scan_digest"), "KeptWords": ("field",),
    "ReplayDifference": (
        "then_category", "then_agency", "corrected_category", "corrected_agency", "before_category", "before_agency",
        "now_category", "now_agency",
    ),
    "QualityCheck": ("seed", "strata"), "QualityAward": ("whom", "reason", "decision"), "ReviewSample": ("seed",),
    "YearReturn": ("analysis", "measures"), "RuleReplay": ("inputs", "digest", "stamp", "counts", "saved_as"),
    "Training": ("problem",), "DispatchSetting": ("reason", "figures"), "Forwarder": ("address", "answer_to"),
    **dict.fromkeys(("Category", "CategoryTerm", "CategoryQuestion", "ReplyTemplate", "StaffWords", "Routing", "QualityRubric", "QualityCriterion", "Endpoint", "EndpointService", "EndpointMapping", "AgencyMailbox")),
}  # fmt: skip
"""Fields that hold codes, numbers and staff's own settings; or that are emptied by a line of their own in the service."""


def test_somebody_has_decided_on_every_text_field():
    """A new field that people write into fails here until it is removed with the others, or named as staying."""
    emptied = {(model.__name__, name) for model, _way, names in WORDS for name in names}
    undecided = [
        (model.__name__, field.name)
        for app in ("petitions", "cases")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, (CharField, TextField, JSONField))
        and not field.choices
        and STAYS.get(model.__name__, ()) is not None
        and field.name not in STAYS.get(model.__name__, ())
        and (model.__name__, field.name) not in emptied
    ]

    assert undecided == []
