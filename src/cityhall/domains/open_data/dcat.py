"""The catalogue as DCAT 3 (DCAT-AP): a graph of all datasets, page by page, or of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import TAIPEI
from cityhall.web.context import city_name

from . import contents
from .metadata import absolute, address_of, page_of
from .models import Category, Dataset, Licence, Resource
from .states import Frequency

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
FORMATS = {
    "ttl": ("turtle", "text/turtle"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("pretty-xml", "application/rdf+xml"),
}
A_PAGE = 100
WORDS = {
    Frequency.REALTIME: "CONT", Frequency.DAILY: "DAILY", Frequency.WEEKLY: "WEEKLY", Frequency.MONTHLY: "MONTHLY",
    Frequency.QUARTERLY: "QUARTERLY", Frequency.HALF_YEARLY: "ANNUAL_2", Frequency.YEARLY: "ANNUAL", Frequency.IRREGULAR: "IRREG",
}  # fmt: skip


def _catalogue() -> URIRef:
    return URIRef(absolute("/catalog"))


def _name(value: str, english: str = "") -> Iterable[Literal]:
    yield Literal(value, lang="zh-TW")
    if english:
        yield Literal(english, lang="en")


def _encoded(url: str) -> URIRef | None:
    """An address as a graph may name it; None where it is none."""
    text = url.strip()
    if not contents.is_web_address(text) or any(letter in text for letter in '<>"{}|\\^` \n\t'):
        return None
    return URIRef(text)


def empty() -> Graph:
    """A graph with the names that we use."""
    graph = Graph()
    for prefix, space in (
        ("dcat", DCAT),
        ("dct", DCTERMS),
        ("foaf", FOAF),
        ("vcard", VCARD),
        ("skos", SKOS),
        ("spdx", SPDX),
        ("hydra", HYDRA),
    ):
        graph.bind(prefix, space)
    return graph


def page(datasets: Iterable[Dataset], *, number: int, pages: int, all: int, ending: str) -> Graph:
    """A page of the catalogue: the catalogue itself, its datasets, and where the other pages are."""
    graph, here = empty(), _catalogue()
    graph.add((here, RDF.type, DCAT.Catalog))
    for title in _name(f"{city_name('zh-hant')}開放資料", f"{city_name('en')} open data"):
        graph.add((here, DCTERMS.title, title))
        graph.add((here, DCTERMS.description, title))
    graph.add((here, FOAF.homepage, _typed(graph, URIRef(absolute(reverse("open_data:search"))), FOAF.Document)))
    city = URIRef(absolute("/catalog#city"))
    graph.add((city, RDF.type, FOAF.Agent))
    for name in _name(city_name("zh-hant"), city_name("en")):
        graph.add((city, FOAF.name, name))
    graph.add((here, DCTERMS.publisher, city))
    for one in datasets:
        graph.add((here, DCAT.dataset, describe(graph, one)))
    this = URIRef(absolute(f"/catalog.{ending}?page={number}"))
    graph.add((this, RDF.type, HYDRA.PartialCollectionView))
    graph.add((this, HYDRA.totalItems, Literal(all)))
    for word, at in (("first", 1), ("previous", number - 1), ("next", number + 1), ("last", pages)):
        if 1 <= at <= pages:
            graph.add((this, HYDRA[word], Literal(absolute(f"/catalog.{ending}?page={at}"))))
    return graph


def of(one: Dataset) -> Graph:
    """One dataset."""
    graph = empty()
    describe(graph, one)
    return graph


def _typed(graph: Graph, node: URIRef, kind: URIRef) -> URIRef:
    graph.add((node, RDF.type, kind))
    return node


def describe(graph: Graph, one: Dataset) -> URIRef:
    """Say what a dataset is; its name in the graph is its page."""
    here = URIRef(page_of(one))
    graph.add((here, RDF.type, DCAT.Dataset))
    for title in _name(one.title, one.title_en):
        graph.add((here, DCTERMS.title, title))
    for text in _name(one.description or one.title, one.description_en):
        graph.add((here, DCTERMS.description, text))
    graph.add((here, DCTERMS.identifier, Literal(one.identifier)))
    graph.add((here, DCTERMS.issued, Literal(one.created_at.astimezone(TAIPEI))))
    graph.add((here, DCTERMS.modified, Literal(one.modified_at.astimezone(TAIPEI))))
    graph.add((here, DCTERMS.publisher, _agency(graph, one.agency)))
    graph.add((here, DCAT.contactPoint, _contact(graph, one)))
    graph.add((here, DCAT.landingPage, _typed(graph, URIRef(f"{page_of(one)}#page"), FOAF.Document)))
    graph.add((here, DCTERMS.accrualPeriodicity, _frequency(graph, one)))
    for name in one.tag_names:
        graph.add((here, DCAT.keyword, Literal(name, lang="zh-TW")))
    if one.category:
        graph.add((here, DCAT.theme, _category(graph, one.category)))
    if one.covers_from or one.covers_to:
        graph.add((here, DCTERMS.temporal, _period(graph, one.covers_from, one.covers_to)))
    if one.spatial:
        place = BNode()
        graph.add((place, RDF.type, DCTERMS.Location))
        graph.add((place, RDFS.label, Literal(one.spatial, lang="zh-TW")))
        graph.add((here, DCTERMS.spatial, place))
    for row in one.standing:
        graph.add((here, DCAT.distribution, _distribution(graph, one, row)))
    return here


def _agency(graph: Graph, agency: Agency) -> URIRef:
    node = URIRef(absolute(reverse("open_data:agency", args=[agency.code])))
    graph.add((node, RDF.type, FOAF.Agent))
    for name in _name(agency.name, agency.name_en):
        graph.add((node, FOAF.name, name))
    return node


def _contact(graph: Graph, one: Dataset) -> BNode:
    node = BNode()
    graph.add((node, RDF.type, VCARD.Organization))
    graph.add((node, RDF.type, VCARD.Kind))
    graph.add((node, VCARD.fn, Literal(one.contact_name or one.agency.name)))
    email, phone = one.contact_email or one.agency.email, one.contact_phone or one.agency.phone
    if email:
        graph.add((node, VCARD.hasEmail, URIRef(f"mailto:{email}")))
    if phone:
        graph.add(
            (node, VCARD.hasTelephone, URIRef("tel:" + "".join(one for one in phone if one.isdigit() or one in "+-")))
        )
    return node


def _frequency(graph: Graph, one: Dataset) -> URIRef:
    node = URIRef(absolute(f"/catalog#frequency-{WORDS[Frequency(one.frequency)]}"))
    return _typed(graph, node, DCTERMS.Frequency)


def _category(graph: Graph, category: Category) -> URIRef:
    node = _typed(graph, URIRef(absolute(f"/catalog#category-{category.code}")), SKOS.Concept)
    for name in _name(category.name, category.name_en):
        graph.add((node, SKOS.prefLabel, name))
    scheme = _typed(graph, URIRef(absolute("/catalog#categories")), SKOS.ConceptScheme)
    graph.add((scheme, DCTERMS.title, Literal("服務分類", lang="zh-TW")))
    graph.add((node, SKOS.inScheme, scheme))
    return node


def _period(graph: Graph, first: date | None, last: date | None) -> BNode:
    node = BNode()
    graph.add((node, RDF.type, DCTERMS.PeriodOfTime))
    if first:
        graph.add((node, DCAT.startDate, Literal(first)))
    if last:
        graph.add((node, DCAT.endDate, Literal(last)))
    return node


def _licence(graph: Graph, licence: Licence) -> URIRef:
    node = _typed(graph, URIRef(licence.url), DCTERMS.LicenseDocument)
    for name in _name(licence.name, licence.name_en):
        graph.add((node, DCTERMS.title, name))
    return node


def _distribution(graph: Graph, one: Dataset, row: Resource) -> URIRef:
    node = URIRef(f"{page_of(one)}#{row.reference}")
    graph.add((node, RDF.type, DCAT.Distribution))
    for name in _name(row.name, row.name_en):
        graph.add((node, DCTERMS.title, name))
    if row.description:
        graph.add((node, DCTERMS.description, Literal(row.description, lang="zh-TW")))
    address = _encoded(address_of(one, row)) or URIRef(page_of(one))
    graph.add((node, DCAT.accessURL, _typed(graph, address, RDFS.Resource)))
    if one.licence:
        graph.add((node, DCTERMS.license, _licence(graph, one.licence)))
    if row.format:
        kind = _typed(
            graph,
            URIRef(absolute(f"/catalog#format-{''.join(c for c in row.format if c.isalnum())}")),
            DCTERMS.MediaTypeOrExtent,
        )
        graph.add((kind, RDFS.label, Literal(row.format)))
        graph.add((node, DCTERMS["format"], kind))
    if version := row.newest:
        graph.add((node, DCAT.downloadURL, address))
        media = URIRef(f"https://www.iana.org/assignments/media-types/{version.media_type}")
        graph.add((node, DCAT.mediaType, _typed(graph, media, DCTERMS.MediaType)))
        graph.add((node, DCAT.byteSize, Literal(str(version.size), datatype=XSD.nonNegativeInteger)))
        graph.add((node, DCTERMS.modified, Literal(version.made_at.astimezone(TAIPEI))))
        checksum = BNode()
        graph.add((checksum, RDF.type, SPDX.Checksum))
        graph.add((checksum, SPDX.algorithm, _typed(graph, SPDX.checksumAlgorithm_sha256, SPDX.ChecksumAlgorithm)))
        graph.add((checksum, SPDX.checksumValue, Literal(version.digest, datatype=XSD.hexBinary)))
        graph.add((node, SPDX.checksum, checksum))
    return node
