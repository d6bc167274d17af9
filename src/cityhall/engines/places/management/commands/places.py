"""`cityhall places import | layers | find | at`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from cityhall.engines.files.sheets import CellError, day
from cityhall.engines.places import queries, services
from cityhall.engines.places.imports import SourceFile
from cityhall.engines.places.models import Layer, Term
from cityhall.engines.places.rules import Point
from cityhall.engines.places.states import LayerKind, Level


class Command(BaseCommand):
    help = "Import boundaries, roads, landmarks, door plates and layers of managers; ask what they say."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        importing = acts.add_parser("import", help="read files into a new version of a layer and put it in force")
        importing.add_argument("what", choices=[kind.value.lower() for kind in LayerKind])
        importing.add_argument("files", nargs="+", type=Path, metavar="FILE")
        importing.add_argument("--layer", default="", help="for managers: the layer's code")
        importing.add_argument("--level", default="", choices=["", *(level.value.lower() for level in Level)],
                               help="for managers: adds the layer if it is new")  # fmt: skip
        importing.add_argument("--name", default="", help="for managers: the new layer's name")
        importing.add_argument("--source", default="", help="where the data comes from; the file's name if not given")
        importing.add_argument("--dated-on", default="", help="the day that the data describe, such as 106/3/20")
        importing.add_argument("--hold", action="store_true", help="do not put the version in force")
        acts.add_parser("layers", help="the layers with the version in force")
        find = acts.add_parser("find", help="the places that a text may mean")
        find.add_argument("text")
        find.add_argument("--district", default=None)
        at = acts.add_parser("at", help="which areas and managers a point has")
        at.add_argument("lon", type=float)
        at.add_argument("lat", type=float)
        at.add_argument("--road", default="")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        with translation.override("zh-hant"):
            if act == "import":
                self._import(**options)
            elif act == "layers":
                self._layers()
            elif act == "find":
                self._find(options["text"], options["district"])
            else:
                self._at(Point(options["lon"], options["lat"]), options["road"])

    def _import(self, *, what: str, files: list[Path], source: str, dated_on: str, hold: bool, **options: Any) -> None:
        now = timezone.now()
        try:
            layer = self._layer(LayerKind(what.upper()), now=now, **options)
            opened = [SourceFile(path.name, path.open("rb")) for path in files]
            version = services.import_version(
                layer, opened, source=source or "、".join(path.name for path in files), dated_on=day(dated_on),
                by=None, at=now,
            )  # fmt: skip
        except (services.CannotImport, services.CannotAddLayer, CellError, OSError) as problem:
            raise CommandError(str(problem)) from None
        for refusal in version.refused:
            self.stderr.write("{file}:{row} {column} {value} {why}".format(**refusal))
        if not hold:
            services.put_in_force(version, by=None, at=now)
        state = "not yet in force" if hold else "in force"
        self.stdout.write(f"{version}: {version.rows} rows, {version.refused_rows} refused, {state}")

    def _layer(self, kind: LayerKind, *, now: Any, layer: str, level: str, name: str, **_others: Any) -> Layer:
        if kind != LayerKind.MANAGERS:
            return services.standard_layer(kind)
        if not layer:
            raise CommandError("say which layer of managers: --layer CODE")
        known = Layer.objects.filter(code=layer, kind=LayerKind.MANAGERS).first()
        if known is None and not level:
            raise CommandError(f"there is no layer {layer}; --level adds it")
        return known or services.add_layer(code=layer, level=level.upper(), name=name or layer, by=None, at=now)

    def _layers(self) -> None:
        terms = {
            term.layer_id: term.version
            for term in Term.objects.filter(ends_at__isnull=True).select_related("version__layer")
        }
        for layer in Layer.objects.all():
            version = terms.get(layer.pk)
            state = f"{version}: {version.rows} rows, {version.source}" if version else "no version in force"
            self.stdout.write(f"{layer.code}\t{layer.kind}\t{layer.name}\t{state}")

    def _find(self, text: str, district: str | None) -> None:
        for found in queries.find(text, district=district):
            self.stdout.write(
                f"{found.label}\t{found.method}\t{found.point.lon},{found.point.lat}\t±{found.accuracy_m:g} m"
            )

    def _at(self, point: Point, road: str) -> None:
        try:
            spot = queries.area_of(point)
        except ValueError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(
            f"{spot.district or '—'} {spot.village or '—'} ({queries.boundary_version() or 'no boundaries'}), "
            f"{spot.metres_to_edge:g} m to the edge"
        )
        for hit in queries.managers_at(point, road or None):
            self.stdout.write(
                f"{hit.manager_code}\t{hit.feature_name}\t{hit.layer_code}@{hit.layer_version}\t"
                f"{hit.why} {hit.metres:g} m"
            )
