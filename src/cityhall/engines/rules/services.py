"""Change a rule from a day on."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import ParameterValue
from .queries import declaration, parameter
from .registry import NotAValue, declare

__all__ = ["CannotSetParameter", "declare", "set_parameter"]


class CannotSetParameter(Exception):
    """The value does not fit, or no source is given."""

    def __init__(self, sentence: str, field: str = "value") -> None:
        super().__init__(sentence)
        self.sentence, self.field = sentence, field


@act
def set_parameter(
    key: str, value: Any, *, valid_from: date, source: str, by: Any | None, at: datetime
) -> ParameterValue:
    """Let a parameter have another value from a day on. What was decided before keeps the value of its day."""
    declared = declaration(key)
    if not source.strip():
        raise CannotSetParameter(_("請寫明依據，例如法規名稱或簽准文號。"), "source")
    try:
        checked = declared.checked(value)
    except (NotAValue, ValueError, TypeError):
        raise CannotSetParameter(_("這個值的格式不對，請依說明填寫。")) from None
    if valid_from < day_of(at):
        raise CannotSetParameter(_("生效日要是今天或以後：之前已經照當時的值決定了。"), "valid_from")
    before = parameter(key, on=valid_from).value
    row = ParameterValue.objects.create(
        key=key, value=checked, valid_from=valid_from, source=source.strip(), set_by=by, set_at=at
    )
    audit.record(
        "rules.parameter_set", row, by=by, at=at,
        old={"key": key, "value": before}, new={"value": checked, "from": valid_from.isoformat()},
    )  # fmt: skip
    return row
