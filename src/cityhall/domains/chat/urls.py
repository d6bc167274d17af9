"""Addresses of the text service: /chat/ for everybody, /desk/chat/ for operators."""

from django.urls import include, path

from .views import citizen, desk, left, line, quality

chat_urls = [
    path("", citizen.start, name="start"),
    path("embed.js", citizen.embed, name="embed"),
    path("line/", line.webhook, name="line"),
    path("<uuid:key>/", citizen.talk, name="talk"),
    path("<uuid:key>/news/", citizen.news, name="news"),
    path("<uuid:key>/typing/", citizen.typing, name="typing"),
    path("<uuid:key>/person/", citizen.person, name="person"),
    path("<uuid:key>/message/", citizen.message, name="message"),
    path("<uuid:key>/answers/<int:n>/helped/", citizen.helped, name="helped"),
    path("<uuid:key>/end/", citizen.end, name="end"),
    path("<uuid:key>/go-on/", citizen.go_on, name="go_on"),
    path("<uuid:key>/rate/", citizen.rate, name="rate"),
    path("<uuid:key>/file/", citizen.file, name="file"),
    path("<uuid:key>/transcript/", citizen.transcript, name="transcript"),
]
desk_urls = [
    path("", desk.index, name="desk"),
    path("presence/", desk.presence, name="presence"),
    path("answers/", desk.canned, name="canned"),
    path("answers/new/", desk.new_canned, name="new_canned"),
    path("answers/<int:pk>/retire/", desk.retire_canned, name="retire_canned"),
    path("talks/<uuid:reference>/", desk.conversation, name="desk_one"),
    path("talks/<uuid:reference>/news/", desk.news, name="desk_news"),
    path("talks/<uuid:reference>/take/", desk.take, name="take"),
    path("talks/<uuid:reference>/say/", desk.say, name="desk_say"),
    path("talks/<uuid:reference>/file/", desk.file, name="desk_file"),
    path("talks/<uuid:reference>/typing/", desk.typing, name="desk_typing"),
    path("talks/<uuid:reference>/hand-over/", desk.hand_over, name="hand_over"),
    path("talks/<uuid:reference>/end/", desk.end, name="desk_end"),
    path("quality/", quality.quality, name="quality"),
    path("quality/answers/", quality.answers, name="answers"),
    path("quality/answers/export.<str:kind>", quality.export, name="export"),
    path("quality/answers/<int:pk>/", quality.answer, name="answer"),
    path("left/", left.index, name="left_list"),
    path("left/export.<str:kind>", left.export, name="left_export"),
    path("left/<uuid:reference>/", left.left, name="left"),
]

all_urls = [path("chat/", include(chat_urls)), path("desk/chat/", include(desk_urls))]
urlpatterns = [path("", include((all_urls, "chat")))]
