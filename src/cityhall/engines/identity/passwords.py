"""Passwords of staff: Argon2, at least twelve characters, not a common one, none of the last three."""

import secrets
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth import hashers, password_validation
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cityhall.engines.identity.limits import limit
from cityhall.engines.identity.models import Account, PastPassword
from cityhall.foundation.unit import act

READABLE = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits that cannot be taken for one another on paper or on the telephone."""


def verify(account: Account | None, password: str) -> bool:
    """Whether this is the account's password; the same work for an account that does not exist or has none."""
    password = _one_form(password)
    if account is None or not account.password or not account.has_usable_password():
        hashers.check_password(password, _nobodys())
        return False
    return account.check_password(password)


def check_rules(password: str, account: Account) -> None:
    """Raise ValidationError with a sentence for each rule that a new password breaks."""
    password_validation.validate_password(_one_form(password), account)


@act
def set_password(account: Account, password: str, *, at: datetime, must_change: bool) -> None:
    """Store a password, remember its hash, forget those that are old enough to be taken again."""
    account.set_password(_one_form(password))
    account.must_change_password = must_change
    account.save(update_fields=["password", "must_change_password"])
    PastPassword.objects.create(account=account, encoded=account.password, set_at=at)
    kept = account.past_passwords.values_list("pk", flat=True)[: limit("passwords_remembered", at)]
    account.past_passwords.exclude(pk__in=list(kept)).delete()


def in_words() -> list[str]:
    """The rules for a new password, said beforehand."""
    return [str(text) for text in password_validation.password_validators_help_texts()]


def random_password() -> str:
    """An initial password that can be read out: four groups of four."""
    return "-".join("".join(secrets.choice(READABLE) for _i in range(4)) for _g in range(4))


def _one_form(password: str) -> str:
    # The same keys give different characters on different systems (NIST SP 800-63B §5.1.1.2).
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return hashers.make_password(secrets.token_urlsafe(16))


class LongEnough:
    """A password validator: at least `identity.password_length` characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a short password."""
        least = limit("password_length", timezone.now())
        if len(password) < least:
            raise ValidationError(
                ngettext("密碼至少要%(least)d個字元。", "密碼至少要%(least)d個字元。", least),
                code="password_too_short",
                params={"least": least},
            )

    def get_help_text(self) -> str:
        """What a form says beforehand."""
        least = limit("password_length", timezone.now())
        return ngettext("至少%(least)d個字元。", "至少%(least)d個字元。", least) % {"least": least}


class NotCommon(password_validation.CommonPasswordValidator):
    """A password validator: not one of the 20,000 most used, in our words."""

    def get_error_message(self) -> str:
        """The sentence at the field."""
        return str(_("這個密碼太多人用，很容易被猜到，請換一個。"))

    def get_help_text(self) -> str:
        """What a form says beforehand."""
        return str(_("不要用常見的密碼。"))


class NotLikeTheAccount(password_validation.UserAttributeSimilarityValidator):
    """A password validator: not the person's own name, address or telephone, in our words."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("email", "name", "phone"))

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password made of what everybody knows about its owner."""
        try:
            super().validate(password, user)
        except ValidationError:
            raise ValidationError(
                _("這個密碼和您的姓名、電話或電子郵件太像，請換一個。"), code="password_too_similar"
            ) from None

    def get_help_text(self) -> str:
        """What a form says beforehand."""
        return str(_("不要用自己的姓名、電話或電子郵件。"))


class NotUsedLately:
    """A password validator: none of the last `identity.passwords_remembered` ones."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse one of the last passwords."""
        if not isinstance(user, Account) or user.pk is None:
            return
        remembered = limit("passwords_remembered", timezone.now())
        for past in user.past_passwords.all()[:remembered]:
            if hashers.check_password(password, past.encoded):
                raise ValidationError(
                    ngettext(
                        "這個密碼用過了，不能和前%(count)d次的密碼相同。",
                        "這個密碼用過了，不能和前%(count)d次的密碼相同。",
                        remembered,
                    ),
                    code="password_used_lately",
                    params={"count": remembered},
                )

    def get_help_text(self) -> str:
        """What a form says beforehand."""
        remembered = limit("passwords_remembered", timezone.now())
        return ngettext("不能和前%(count)d次的密碼相同。", "不能和前%(count)d次的密碼相同。", remembered) % {
            "count": remembered
        }
