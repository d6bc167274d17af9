"""Column types of identity."""

from typing import Any

from django.db import models

from cityhall.engines.identity.rules import normalise_email


class AddressField(models.EmailField):
    """An e-mail address that is stored, compared and looked up in one normal form; empty is NULL."""

    def to_python(self, value: Any) -> str | None:
        value = super().to_python(value)
        return normalise_email(value) if value else None

    def get_prep_value(self, value: Any) -> str | None:
        value = super().get_prep_value(value)
        return normalise_email(value) if value else None

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
