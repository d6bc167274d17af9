"""Signing in by the city's own provider, against a stand-in that can misbehave."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.contrib.auth import SESSION_KEY

from cityhall.engines.audit.models import Entry
from cityhall.engines.identity import oidc, second_factor, services
from cityhall.engines.identity.models import ProviderIdentity, Session
from cityhall.engines.identity.tests.conftest import SECRET
from cityhall.engines.identity.tests.provider import CLIENT_ID, CLIENT_SECRET, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings, clock):
    with running(clock.now) as provider:
        settings.OIDC = {
            "issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "name": "市府單一簽入",
            "strong_acr": "urn:city:two-factors",
        }  # fmt: skip
        oidc.forget_documents()
        yield provider
        oidc.forget_documents()


def go(browser, back="/desk/account/"):
    """Through the provider and back."""
    away = browser.get("/desk/sign-in/provider/", {"next": back})
    assert away.status_code == 302, away.content.decode()
    there = httpx.get(away.url)
    parts = urlsplit(there.headers["location"])
    return browser.get(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})


def refused(browser, answer, sentence="單一簽入沒有完成"):
    """Whether the person is back at the sign-in page, as nobody, and told so."""
    assert answer.status_code == 302
    assert answer.url.startswith("/desk/sign-in/?next=") or answer.url == "/desk/sign-in/"
    assert not is_somebody(browser)
    return sentence in browser.get(answer.url).content.decode()


def is_somebody(browser):
    return SESSION_KEY in browser.session


def reason():
    return Entry.objects.filter(event="account.provider_refused").latest("seq").payload


class TestAnOfficer:
    def test_with_two_factors_at_the_provider_is_in(self, client, provider, officer):
        provider.claims = {"amr": ["pwd", "mfa"]}

        assert go(client).url == "/desk/account/"
        assert is_somebody(client)
        assert Session.objects.get(account=officer).proofs == "PROVIDER_STRONG"
        assert ProviderIdentity.objects.get().account == officer

    def test_with_the_citys_own_mark_of_two_factors_is_in(self, client, provider, officer):
        provider.claims = {"acr": "urn:city:two-factors"}

        assert go(client).url == "/desk/account/"

    def test_with_one_factor_is_asked_for_the_second(self, client, provider, officer, clock):
        assert go(client).url == "/desk/sign-in/second-factor/"
        assert not is_somebody(client)
        code = second_factor.totp_code(SECRET, at=clock.now)
        assert client.post("/desk/sign-in/second-factor/", {"code": code}).url == "/desk/account/"

    def test_without_a_second_factor_sets_one_up_and_needs_no_password(self, client, provider, at):
        services.create_officer(email="wu@example.org", name="吳", password=None, at=at)
        provider.person["email"] = "WU@example.org"

        assert go(client).url == "/desk/sign-in/set-up/"

    def test_is_known_by_the_providers_id_even_with_another_address(self, client, provider, officer):
        provider.claims = {"amr": ["mfa"]}
        go(client)
        client.logout()
        provider.person["email"] = "married@example.org"

        assert go(client).url == "/desk/account/"

    def test_sees_the_button_on_the_sign_in_page(self, client, provider):
        assert "用市府單一簽入登入" in client.get("/desk/sign-in/").content.decode()

    def test_comes_back_in_the_language_of_the_page(self, client, provider, officer):
        provider.claims = {"amr": ["mfa"]}
        away = client.get("/en/desk/sign-in/provider/")
        parts = urlsplit(httpx.get(away.url).headers["location"])
        assert parts.path == "/account/sign-in/provider/"
        back = client.get(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})

        assert back.url == "/en/desk/"


class TestSomebodyElse:
    def test_without_an_account_gets_none(self, client, provider):
        assert refused(client, go(client), "還沒有開通")

    def test_with_an_address_the_provider_has_not_verified_is_nobody(self, client, provider, officer):
        for unverified in ({"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}):
            provider.claims = unverified
            assert refused(client, go(client), "還沒有開通")

    def test_who_is_a_citizen_here_gets_no_desk(self, client, provider, citizen):
        provider.person["email"] = citizen.email

        assert refused(client, go(client), "還沒有開通")

    def test_with_an_id_of_their_own_does_not_take_a_linked_account_over(self, client, provider, officer):
        provider.claims = {"amr": ["mfa"]}
        go(client)
        client.logout()
        provider.person["sub"] = "u-2"

        assert refused(client, go(client), "已經連結另一個")

    def test_whose_account_was_stopped_is_refused(self, client, provider, officer, administrator, at):
        services.disable(officer, by=administrator, at=at)

        assert refused(client, go(client), "目前不能使用")


class TestAMisbehavingProvider:
    @pytest.mark.parametrize(
        ("claims", "why"),
        [
            ({"nonce": "another"}, "nonce"),
            ({"nonce": None}, "nonce"),
            ({"aud": "somebody-else"}, "InvalidAudienceError"),
            ({"aud": ["cityhall", "somebody-else"]}, "authorised party"),
            ({"azp": "somebody-else"}, "authorised party"),
            ({"iss": "https://evil.example"}, "issuer"),
            ({"exp": 1}, "expired"),
            ({"exp": "soon"}, "expired"),
            ({"iat": 4_000_000_000}, "issued in the future"),
            ({"sub": None}, "InvalidSubjectError|MissingRequiredClaimError"),
        ],
    )
    def test_is_not_believed_with_wrong_claims(self, client, provider, officer, claims, why):
        provider.claims = {"amr": ["mfa"], **claims}

        assert refused(client, go(client))
        assert re.search(why, str(reason())), reason()

    def test_is_not_believed_a_moment_after_the_token_ended(self, client, provider, officer, clock):
        provider.claims = {"amr": ["mfa"]}
        clock.tick(seconds=331)
        assert refused(client, go(client))
        clock.tick(seconds=-2)
        assert go(client).url == "/desk/account/"

    @pytest.mark.parametrize("missing", ["exp", "iat", "aud", "iss", "sub", "nonce"])
    def test_is_not_believed_without_a_claim(self, client, provider, officer, missing):
        provider.without = (missing,)

        assert refused(client, go(client))

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512"])
    def test_does_not_choose_the_algorithm(self, client, provider, officer, algorithm):
        provider.algorithm = algorithm

        assert refused(client, go(client))
        assert "algorithm" in str(reason())

    def test_is_not_believed_with_a_strangers_signature(self, client, provider, officer):
        provider.signed_by = "stranger"

        assert refused(client, go(client))
        assert "InvalidSignatureError" in str(reason())

    def test_may_change_its_keys(self, client, provider, officer):
        provider.claims = {"amr": ["mfa"]}
        assert go(client).url == "/desk/account/"
        client.logout()
        provider.key, provider.kid = provider.stranger, "key-2"

        assert go(client).url == "/desk/account/"
        assert provider.jwks_asked == 2

    def test_is_not_asked_for_keys_for_ever(self, client, provider, officer):
        provider.claims = {"amr": ["mfa"]}
        assert go(client).url == "/desk/account/"
        client.logout()
        asked, provider.jwks_asked = provider.jwks_asked, 0
        original = provider.id_token
        provider.id_token = lambda nonce: original(nonce).replace(original(nonce).split(".")[0], _header("unknown"))

        assert refused(client, go(client))
        assert (asked, provider.jwks_asked) == (1, 1)

    @pytest.mark.parametrize(
        ("status", "body"),
        [(500, b"{}"), (200, b"not json"), (200, b"[]"), (200, b"{}"), (200, b'{"id_token": 5}'), (200, b'{"id_token": "a.b.c"}')],
    )  # fmt: skip
    def test_that_answers_nonsense_is_refused(self, client, provider, officer, status, body):
        provider.token_status, provider.token_body = status, body

        assert refused(client, go(client))

    def test_that_calls_itself_by_another_name_is_refused(self, client, provider, officer):
        provider.discovery = {"issuer": "https://evil.example"}

        assert refused(client, client.get("/desk/sign-in/provider/"))

    def test_that_is_down_leaves_the_password(self, client, provider, settings):
        settings.OIDC = {**settings.OIDC, "issuer": "http://127.0.0.1:9"}

        assert refused(client, client.get("/desk/sign-in/provider/"))


def _header(kid):
    import base64
    import json

    return base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": kid}).encode()).rstrip(b"=").decode()


class TestTheWayBack:
    def test_with_another_state_is_refused(self, client, provider, officer):
        client.get("/desk/sign-in/provider/")

        answer = client.get("/account/sign-in/provider/", {"code": "x", "state": "forged"})

        assert refused(client, answer)
        assert "state" in str(reason())

    def test_opens_once(self, client, provider, officer):
        away = client.get("/desk/sign-in/provider/")
        parts = urlsplit(httpx.get(away.url).headers["location"])
        answer = {name: values[0] for name, values in parse_qs(parts.query).items()}
        client.get(parts.path, answer)

        assert client.get(parts.path, answer).url == "/desk/sign-in/"

    def test_in_another_browser_leads_to_the_beginning(self, client, provider):
        assert client.get("/account/sign-in/provider/", {"code": "x", "state": "y"}).url == "/desk/sign-in/"

    def test_with_an_error_is_told_in_plain_words(self, client, provider):
        away = client.get("/desk/sign-in/provider/")
        state = parse_qs(urlsplit(away.url).query)["state"][0]

        answer = client.get("/account/sign-in/provider/", {"error": "access_denied", "state": state})

        assert refused(client, answer)
        assert "access_denied" in str(reason())

    def test_from_another_issuer_is_refused(self, client, provider):
        away = client.get("/desk/sign-in/provider/")
        state = parse_qs(urlsplit(away.url).query)["state"][0]

        client.get("/account/sign-in/provider/", {"code": "x", "state": state, "iss": "https://evil.example"})

        assert "another issuer" in str(reason())


class TestConfigured:
    def test_needs_https_except_on_this_machine(self, settings):
        settings.OIDC = {**settings.OIDC, "issuer": "http://idp.example.org"}
        with pytest.raises(oidc.CannotSignInByProvider):
            oidc.configured()
        settings.OIDC = {**settings.OIDC, "issuer": "https://idp.example.org/"}
        assert oidc.configured().issuer == "https://idp.example.org"

    def test_is_nothing_without_an_issuer(self, client, settings):
        assert oidc.configured() is None
        assert client.get("/desk/sign-in/provider/").url == "/desk/sign-in/"
        assert "單一簽入" not in client.get("/desk/sign-in/").content.decode()

    def test_departs_with_pkce_state_and_nonce(self, provider):
        url, departure = oidc.depart(oidc.configured(), redirect_uri="http://testserver/back")
        query = parse_qs(urlsplit(url).query)

        assert query["code_challenge_method"] == ["S256"]
        assert query["state"] == [departure.state]
        assert query["nonce"] == [departure.nonce]
        assert departure.verifier not in url
        assert timedelta(seconds=oidc.KEEP) == timedelta(hours=1)
