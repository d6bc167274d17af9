from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "cityhall.domains.petitions"
    label = "petitions"

    def ready(self) -> None:
        from cityhall.engines.cases.models import Case
        from cityhall.engines.textsearch import services as textsearch

        def text_of(case: Case) -> str:
            from cityhall.domains.petitions.services import filing

            return filing.search_text(case.petition)

        textsearch.register(
            Case,
            text_of=text_of,
            records=lambda: Case.objects.filter(kind="petition").select_related("petition", "place"),
        )
