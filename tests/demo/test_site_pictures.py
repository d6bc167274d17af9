"""Photos of building sites that nobody took: more stands the further the works are."""

from decimal import Decimal

from PIL import Image

from cityhall.project.demo.site_pictures import picture

WALL = (216, 211, 202)


def walls(percent: int) -> int:
    image = Image.open(picture(Decimal(percent), sky="#cfe3ee"))
    assert image.format == "JPEG"
    return sum(
        all(abs(a - b) < 6 for a, b in zip(pixel, WALL, strict=True))
        for pixel in image.convert("RGB").get_flattened_data()
    )


def test_more_stands_the_further_the_works_are():
    drawn = [walls(percent) for percent in (0, 20, 60, 100)]

    assert drawn == sorted(set(drawn))
