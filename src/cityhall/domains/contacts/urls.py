"""Addresses of the operator's desk, below /desk/hotline/."""

from django.urls import include, path

from .views import contacts, desk, transfers, wallboard

app_name = "contacts"
pages = [
    path("", desk.desk, name="desk"),
    path("pop/", desk.pop, name="pop"),
    path("faq/", desk.search, name="faq"),
    path("presence/", desk.presence, name="presence"),
    path("begin/", desk.begin, name="begin"),
    path("wallboard/", wallboard.wallboard, name="wallboard"),
    path("call-backs/", contacts.call_backs, name="call_backs"),
    path("call-backs/<int:pk>/", desk.called_back, name="called_back"),
    path("contacts/", contacts.index, name="contacts"),
    path("contacts/export.<str:kind>", contacts.export, name="export"),
    path("contacts/<uuid:reference>/", contacts.one, name="one"),
    path("contacts/<uuid:reference>/answer/", desk.answer, name="answer"),
    path("contacts/<uuid:reference>/in-vain/", desk.in_vain, name="in_vain"),
    path("contacts/<uuid:reference>/note/", desk.note, name="note"),
    path("contacts/<uuid:reference>/wrap-up/", desk.wrap_up, name="wrap_up"),
    path("contacts/<uuid:reference>/call-back/", desk.call_back, name="call_back"),
    path("contacts/<uuid:reference>/nuisance/", desk.nuisance, name="nuisance"),
    path("contacts/<uuid:reference>/nuisance/decide/", desk.decide_nuisance, name="decide_nuisance"),
    path("contacts/<uuid:reference>/transfer/", transfers.pass_on, name="transfer"),
    path("transfers/", transfers.index, name="transfers"),
    path("transfers/export.<str:kind>", transfers.export, name="export_transfers"),
    path("transfers/<int:pk>/fate/", transfers.fate, name="transfer_fate"),
    path("transfers/<int:pk>/interview/", transfers.interview, name="interview"),
    path("transfers/letters/<int:pk>/", transfers.letter, name="letter"),
    path("transfers/letters/<int:pk>/answer/", transfers.answer, name="answer_letter"),
]
urlpatterns = [path("desk/hotline/", include((pages, app_name)))]
