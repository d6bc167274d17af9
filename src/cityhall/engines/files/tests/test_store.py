import io
import uuid
import zipfile

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from cityhall.engines.files import queries, rules, services
from cityhall.engines.files.models import StoredFile, path_of
from cityhall.engines.files.services import CannotStoreFile, exif_place, remove, store
from cityhall.engines.identity.models import Account


def picture(*, size=(40, 30), gps=False, format="JPEG", orientation=None):
    out = io.BytesIO()
    exif = Image.Exif()
    if orientation:
        exif[ExifTags.Base.Orientation] = orientation
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitude: (24.0, 59.0, 36.0),
                ExifTags.GPS.GPSLatitudeRef: "N",
                ExifTags.GPS.GPSLongitude: (121.0, 18.0, 0.0),
                ExifTags.GPS.GPSLongitudeRef: "E",
            }
        )
    Image.new("RGB", size, (200, 120, 40)).save(out, format, exif=exif)
    out.seek(0)
    return out


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.FILES_DIR = tmp_path


@pytest.fixture
def owner(db):
    return Account.objects.create(email="owner@example.org")


def keep(content, owner, name="photo.jpg", **more):
    return store(content, name=name, owner=owner, by=None, at=timezone.now(), **more)


class TestStore:
    def test_draws_photos_anew_without_their_place(self, owner):
        stored = keep(picture(gps=True), owner)

        with Image.open(stored.path) as kept:
            assert dict(kept.getexif()) == {}
        assert stored.thumbnail_digest

    def test_turns_photos_upright(self, owner):
        assert (keep(picture(size=(40, 30), orientation=6), owner).width) == 30

    def test_takes_heic_and_gives_jpeg(self, owner):
        stored = keep(picture(size=(64, 64), format="HEIF"), owner, "IMG_1.HEIC")

        assert (stored.media_type, stored.name) == ("image/jpeg", "IMG_1.jpg")

    def test_keeps_equal_files_once(self, owner):
        first, second = keep(picture(), owner), keep(picture(), owner)

        assert first.digest == second.digest
        assert queries.of(owner).count() == 2

    @pytest.mark.parametrize(
        "content",
        [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"MZ\x90\x00",
            b"",
            b"GIF89",
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n" + b"x" * 50,
        ],
    )
    def test_refuses_what_is_no_photo_whatever_its_name(self, owner, content):
        with pytest.raises(CannotStoreFile):
            keep(io.BytesIO(content), owner, "photo.jpg")

    def test_refuses_a_zip_that_calls_itself_a_photo(self, owner):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x", b"0" * 10_000_000)

        with pytest.raises(CannotStoreFile, match="格式"):
            keep(bomb, owner)

    def test_refuses_a_picture_of_too_many_pixels(self, owner, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

        with pytest.raises(CannotStoreFile, match="尺寸"):
            keep(picture(), owner)

    def test_refuses_too_large_a_file(self, owner, monkeypatch):
        monkeypatch.setitem(rules.LARGEST, rules.Kind.PICTURE, 100)

        with pytest.raises(CannotStoreFile, match="太大"):
            keep(picture(), owner)

    def test_refuses_a_pdf_with_script(self, owner):
        with pytest.raises(CannotStoreFile, match="PDF"):
            keep(io.BytesIO(b"%PDF-1.7\n/JavaScript (app.alert)"), owner, "a.pdf")

    def test_takes_pdf_where_allowed_only(self, owner):
        assert keep(io.BytesIO(b"%PDF-1.7\n1 0 obj"), owner, "a.pdf").kind == "pdf"
        with pytest.raises(CannotStoreFile):
            keep(io.BytesIO(b"%PDF-1.7\n1 0 obj"), owner, "a.pdf", allow=rules.PICTURES)


class TestRemove:
    @pytest.mark.django_db(transaction=True)
    def test_drops_the_bytes_with_the_last_file_that_has_them(self):
        owner = Account.objects.create(email="owner@example.org")
        first, second = keep(picture(), owner), keep(picture(), owner)

        remove(first, why="保存期限", by=None, at=timezone.now())
        assert path_of(first.digest).exists()
        remove(second, why="保存期限", by=None, at=timezone.now())

        assert not path_of(first.digest).exists()
        assert list(queries.of(owner)) == []

    @pytest.mark.django_db(transaction=True)
    def test_leaves_bytes_that_somebody_else_keeps(self, monkeypatch):
        monkeypatch.setattr(services, "_holders", [])
        owner = Account.objects.create(email="owner@example.org")
        file = keep(picture(), owner)
        services.held_by(lambda digest: digest == file.digest)

        remove(file, why="保存期限", by=None, at=timezone.now())

        assert path_of(file.digest).exists()


class TestExifPlace:
    def test_reads_the_place_of_a_photo(self):
        assert exif_place(picture(gps=True)) == (121.3, 24.993333)

    def test_is_none_without_one(self):
        assert exif_place(picture()) is None
        assert exif_place(io.BytesIO(b"nothing")) is None


class TestPlainName:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/passwd", "passwd.jpg"),
            ("C:\\temp\\路燈.PNG", "路燈.jpg"),
            ("photo.jpg.exe", "photo.jpg.jpg"),
            ("\u202egpj.exe", "gpj.jpg"),
            ("", "file.jpg"),
        ],
    )
    def test_keeps_no_tricks(self, given, kept):
        assert rules.plain_name(given, rules.JPEG) == kept

    @given(st.text(max_size=300))
    def test_is_always_short_and_flat(self, name):
        plain = rules.plain_name(name, rules.JPEG)

        assert plain.endswith(".jpg")
        assert len(plain) <= 84
        assert not set(plain) & set("/\\\x00\n\r")


class TestDownload:
    def test_of_a_stranger_is_as_if_it_did_not_exist(self, client, owner):
        stored = keep(picture(), owner)

        assert client.get(reverse("files:download", args=[stored.reference])).status_code == 404
        assert client.get(reverse("files:download", args=[uuid.uuid4()])).status_code == 404

    def test_follows_the_right_that_the_owner_declares(self, client, owner, monkeypatch):
        monkeypatch.setitem(queries._rights, Account, lambda account, record, request: record.pk == owner.pk)
        stored = keep(picture(), owner)

        response = client.get(reverse("files:thumbnail", args=[stored.reference]))

        assert (response.status_code, response["X-Content-Type-Options"]) == (200, "nosniff")
        assert b"".join(response.streaming_content)[:3] == b"\xff\xd8\xff"
        response.close()

    def test_saves_what_is_no_picture(self, client, owner, monkeypatch):
        monkeypatch.setitem(queries._rights, Account, lambda *_: True)
        stored = keep(io.BytesIO(b"%PDF-1.7\n1 0 obj"), owner, "說明.pdf")

        response = client.get(reverse("files:download", args=[stored.reference]))

        assert response["Content-Disposition"].startswith("attachment")
        response.close()

    def test_a_kind_without_rights_shows_nothing(self, owner, rf):
        request = rf.get("/")
        request.user = AnonymousUser()

        assert not queries.may_look(keep(picture(), owner), request)
        assert StoredFile.objects.count() == 1
