"""What interviewed callers answered is an answer to the survey after a transfer; what was noted before moves there.

No release has held these columns, so nothing else reads them while this runs.
"""

import uuid
from zoneinfo import ZoneInfo

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from cityhall.engines.identity import digests

KEY = "hotline.after_transfer"
QUESTIONS = (
    ("handling", "您對機關的處理方式滿意嗎？", "How satisfied are you with how it was handled?"),
    ("attitude", "您對機關人員的服務態度滿意嗎？", "How satisfied are you with the staff's manner?"),
)


def wave_of(get, at):
    """The survey's newest wave; all of it is made where there is none."""
    Survey, Questionnaire, Question, Wave = (
        get("surveys", name) for name in ("Survey", "Questionnaire", "Question", "Wave")
    )
    survey, new = Survey.objects.get_or_create(
        key=KEY, defaults={
            "owner": "hotline", "title": "1999轉接後續訪問", "title_en": "After you were put through",
            "purpose": "想知道電話轉到機關之後，處理得好不好。", "created_at": at,
            "purpose_en": "How the agency dealt with the call that was put through.",
        },
    )  # fmt: skip
    if new:
        first = Questionnaire.objects.create(survey=survey, number=1, created_at=at)
        for position, (key, text, text_en) in enumerate(QUESTIONS, start=1):
            Question.objects.create(
                questionnaire=first, position=position, key=key, kind="SCALE", text=text, text_en=text_en,
                complaint_at_most=2,
            )  # fmt: skip
    wave = Wave.objects.filter(survey=survey).order_by("-pk").first()
    return wave or Wave.objects.create(
        survey=survey, questionnaire=Questionnaire.objects.filter(survey=survey).latest("number"), name="持續辦理",
        population="電話轉接到機關、願意接受訪問的來電者", sampling="VOLUNTARY", opens_at=at, created_at=at,
    )  # fmt: skip


def move(apps, _editor):
    """Each interview with points becomes an answer; a call that was answered by keys keeps that one."""
    get = apps.get_model
    Interview, Invitation, Response, Answer, Rating, Call = (
        get(*name)
        for name in (
            ("contacts", "Interview"), ("surveys", "Invitation"), ("surveys", "Response"), ("surveys", "Answer"),
            ("hotline", "CallRating"), ("hotline", "Call"),
        )
    )  # fmt: skip
    wave = None
    for row in Interview.objects.filter(state="DONE").select_related("transfer__contact").order_by("at", "pk"):
        wave = wave or wave_of(get, row.at)
        contact = row.transfer.contact
        source = contact.call_id or str(contact.reference)
        call = Call.objects.filter(callid=source, again=False).first()
        invitation, _new = Invitation.objects.get_or_create(
            wave=wave, source=digests.keyed("survey.source", source), defaults={
                "reference": uuid.uuid4(), "way": "SPOKEN", "invited_at": row.at, "expires_at": row.at,
                "about_type": "hotline.call" if call else "contacts.contactmoment",
                "about_id": str(call.pk if call else contact.pk),
            },
        )  # fmt: skip
        response, new = Response.objects.get_or_create(invitation=invitation, defaults={"answered_at": row.at})
        if new:
            points = {"handling": row.handling, "attitude": row.attitude}
            for question in wave.questionnaire.questions.filter(key__in=points):
                Answer.objects.create(response=response, question=question, number=points[question.key])
            day = row.at.astimezone(ZoneInfo("Asia/Taipei")).date()
            Rating.objects.create(response=response, call=call, about="TRANSFER", answered_on=day, **points)
        if Interview.objects.filter(response=response).exists():  # a second transfer of the same call
            Interview.objects.filter(pk=row.pk).update(state="REFUSED", handling=None, attitude=None)
        else:
            Interview.objects.filter(pk=row.pk).update(response=response)


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0004_to_forget"),
        ("hotline", "0004_ratings_and_topics"),
        ("surveys", "0003_spoken"),
    ]

    operations = [
        migrations.AddField(
            model_name="interview",
            name="response",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="surveys.response",
            ),
        ),
        migrations.RunPython(move, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="interview", name="contact_interview_whole"),
        migrations.RemoveField(model_name="interview", name="handling"),
        migrations.RemoveField(model_name="interview", name="attitude"),
        migrations.AddConstraint(
            model_name="interview",
            constraint=models.CheckConstraint(
                condition=Q(state="DONE", response__isnull=False) | (~Q(state="DONE") & Q(response=None)),
                name="contact_interview_answered",
            ),
        ),
    ]
