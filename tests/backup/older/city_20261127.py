"""Fill a small city by its own acts, for a backup of this version (README.md).

Run inside of the version that is to be kept, on an empty, migrated database:
`cityhall shell -c "exec(open('city_20261127.py').read())"`.
"""

from datetime import date, timedelta
from io import BytesIO

from PIL import Image

from cityhall.domains.petitions.models import Petition, QualitySheet
from cityhall.domains.petitions.services import citizen, handling, quality, restrictions
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.city import NINE, file, opened, propose_listing
from cityhall.domains.petitions.tests.test_quality import BAD, DRAWN, GOOD, NOVEMBER, Story
from cityhall.engines.audit import services as audit
from cityhall.engines.cases.states import Status
from cityhall.engines.files import services as files

story = Story()
city = story.city
answered = [story.replied(f"中山路 {100 + n} 號前路燈不亮三天了", when=NINE + timedelta(hours=n)) for n in range(6)]
citizen.rate(answered[0], score=5, solved=True, comment="謝謝", by=None, at=NINE + timedelta(days=2))
for n in range(4):
    opened(f"標線不清楚，第 {n} 處", when=NINE + timedelta(hours=n), who=Who(name="林大同", phone=f"0900-000-10{n}"))
at_desk = opened("里長您好，今天天氣很好", when=NINE)
handling.end(
    at_desk, Status.NOT_PROCESSED, reason="沒有具體事由", ground="NO_MATTER", by=city.dispatcher.account, at=NINE
)
waiting = file("公園的椅子壞了", email="waits@mail.example")
picture = BytesIO()
Image.new("RGB", (60, 40), "green").save(picture, "JPEG")
files.store(picture, name="路燈.jpg", owner=answered[1].case, by=None, at=NINE)
listing = propose_listing(city, Who(name="張一再", email="again@mail.example"))
restrictions.approve(listing, by=city.head.account, at=NINE + timedelta(hours=1))
again = opened(
    "公園落葉還是沒有人掃", when=NINE + timedelta(days=3), who=Who(name="張一再", email="again@mail.example")
)
if Petition.objects.get(pk=again.pk).case.status == Status.DISPATCHING:
    restrictions.decline(again, listing, by=city.dispatcher.account, at=NINE + timedelta(days=3))
quality.draw(NOVEMBER, by=None, at=DRAWN, seed="1")
for n, sheet in enumerate(QualitySheet.objects.filter(second=False).order_by("-urgent", "pk")):
    sheet = quality.score(sheet, marks=BAD if n < 2 else GOOD, by=sheet.checker.account, at=DRAWN)
contested = QualitySheet.objects.filter(state="WANTING").order_by("pk").first()
quality.contest(contested, reason="有寫日期", by=city.coordinator.account, at=DRAWN)
audit.anchor(at=DRAWN)
print(Petition.objects.count(), "petitions,", date(2026, 12, 7))
