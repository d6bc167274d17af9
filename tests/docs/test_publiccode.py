"""publiccode.yml keeps the rules of its standard (publiccode.yml 0.4), and says what the program is."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


@pytest.fixture(scope="module")
def said():
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))


class TestPubliccode:
    def test_has_the_keys_that_the_standard_asks_for(self, said):
        wanted = {
            "publiccodeYmlVersion", "name", "platforms", "developmentStatus", "softwareType", "description", "legal",
            "maintenance", "localisation",
        }  # fmt: skip

        assert wanted <= set(said)
        assert said["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
        assert said["softwareType"] == "standalone/web"
        assert set(said["platforms"]) <= {"web", "windows", "mac", "linux", "ios", "android"}

    def test_describes_in_both_languages_within_the_lengths(self, said):
        assert set(said["description"]) == {"zh-Hant", "en"}
        for language, about in said["description"].items():
            assert LANGUAGE.fullmatch(language)
            assert len(about["genericName"]) <= 35
            assert len(about["shortDescription"]) <= 150
            assert 150 <= len(about["longDescription"]) <= 10000
            assert about["features"]
            assert all(len(feature) <= 100 for feature in about["features"])

    def test_names_licence_version_languages_and_who_maintains(self, said):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

        assert said["legal"]["license"] == project["license"]
        assert str(said["softwareVersion"]) == project["version"]
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(said["releaseDate"]))
        assert said["localisation"]["localisationReady"] is True
        assert all(LANGUAGE.fullmatch(one) for one in said["localisation"]["availableLanguages"])
        assert said["maintenance"]["type"] in {"internal", "contract", "community", "none"}
        assert said["maintenance"]["contacts"][0]["name"]

    def test_licence_is_the_same_everywhere(self, said):
        assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
        assert '"license": "Apache-2.0"' in (ROOT / "package.json").read_text(encoding="utf-8")
