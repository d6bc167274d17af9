"""Addresses of petitions: the citizen's below /petitions/, the officer's below /desk/petitions/."""

from django.urls import include, path, re_path

from . import open311
from .views import (
    area_news,
    around,
    automatic,
    catalogue,
    clusters,
    confirming,
    desk,
    filing,
    following,
    frozen,
    hops,
    imports,
    intake,
    learning,
    mail,
    neighbours,
    on_behalf,
    outside,
    promises,
    quality,
    quality_year,
    received,
    restrictions,
    retention,
    reviewing,
    rubric,
    rules,
    statistics,
    supporting,
    uploading,
    words,
)

citizen_urls = [
    path("petitions/", filing.start, name="start"),
    path("petitions/new/", filing.new, name="new"),
    path("petitions/defect/", filing.defect, name="defect"),
    path("petitions/agency/<slug:code>/", filing.agency_box, name="agency_box"),
    path("petitions/new/check/", filing.check, {}, name="check"),
    path("petitions/new/save/", filing.save, name="save"),
    path("petitions/new/resume/<str:token>/", filing.resume, name="resume"),
    path("petitions/new/<slug:step>/", filing.step, name="file"),
    path("petitions/confirm/<uuid:reference>/", confirming.confirm, name="confirm"),
    path("petitions/confirm/<uuid:reference>/<str:token>/", confirming.confirm_link, name="confirm_link"),
    path("petitions/upload/<str:token>/", uploading.upload, name="upload"),
    path("petitions/done/<uuid:reference>/", confirming.done, name="done"),
    path("petitions/around/", around.around, name="around"),
    path("petitions/around.atom", around.feed, name="around_feed"),
    path("petitions/around/alerts/", area_news.subscribe, name="area_subscribe"),
    path("petitions/around/alerts/<uuid:reference>/", area_news.confirm, name="area_confirm"),
    path("petitions/around/alerts/<uuid:reference>/<str:key>/", area_news.manage, name="area_manage"),
    path("petitions/around/alerts/<uuid:reference>/<str:key>/stop/", area_news.stop, name="area_stop"),
    path("petitions/incidents/", clusters.incidents, name="incidents"),
    path("petitions/incidents/<uuid:reference>/", clusters.incident, name="incident"),
    path("petitions/support/confirm/<uuid:reference>/", supporting.confirm_support, name="confirm_support"),
    path("petitions/support/<slug:number>/", supporting.support, name="support"),
    path("petitions/support/<uuid:reference>/<str:key>/", supporting.supported, name="supported"),
    path("petitions/mine/", following.mine, name="mine"),
    path("petitions/follow/", following.follow, name="follow"),
    path("petitions/follow/leave/", following.leave, name="leave"),
    path("petitions/follow/<uuid:reference>/", following.followed, name="followed"),
    path("petitions/follow/<uuid:reference>/paper.pdf", following.paper, name="paper"),
    path("petitions/follow/<uuid:reference>/add/", following.add, name="add"),
    path("petitions/follow/<uuid:reference>/urge/", following.urge, name="urge"),
    path("petitions/follow/<uuid:reference>/answer/", following.answer, name="answer"),
    path("petitions/follow/<uuid:reference>/withdraw/", following.withdraw, name="withdraw"),
    path("petitions/follow/<uuid:reference>/intermediary/", following.intermediary, name="intermediary"),
    path("petitions/follow/<uuid:reference>/rate/", following.rate, name="rate"),
    path("petitions/follow/<uuid:reference>/reopen/", following.reopen, name="reopen"),
    path("petitions/follow/<uuid:reference>/<str:key>/", following.by_letter, name="follow_by_letter"),
]

desk_urls = [
    path("", desk.index, name="list"),
    path("new/", intake.intake, name="intake"),
    path("on-behalf/", on_behalf.index, name="on_behalf"),
    path("on-behalf/export.<str:kind>", on_behalf.export, name="export_on_behalf"),
    path("on-behalf/<uuid:reference>/", on_behalf.one, name="on_behalf_one"),
    path("export.<str:kind>", desk.export, name="export"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/frozen/", frozen.index, name="frozen"),
    path("statistics/frozen/<str:month>/", frozen.one, name="frozen_month"),
    path("statistics/frozen/<str:month>/<str:what>.<str:format>", frozen.download, name="frozen_download"),
    path("statistics.<str:kind>", statistics.download, name="statistics_download"),
    path("<uuid:reference>/", desk.record, name="record"),
    path("<uuid:reference>/sheet.pdf", desk.sheet, name="sheet"),
    path("<uuid:reference>/timeline/", desk.timeline, name="timeline"),
    path("<uuid:reference>/reporter/", desk.look, name="look"),
    path("<uuid:reference>/original/", words.original, name="original"),
    path("<uuid:reference>/check/", desk.check_reply, name="check_reply"),
    path("<uuid:reference>/<str:code>/", desk.act, name="act"),
]

catalogue_urls = [
    path("categories/", catalogue.categories, name="categories"),
    path("categories/add/", catalogue.add_category, name="add_category"),
    path("categories/<slug:code>/", catalogue.category, name="category"),
    path("categories/<slug:code>/edit/", catalogue.edit_category, name="edit_category"),
    path("categories/<slug:code>/terms/set/", catalogue.set_term, name="set_term"),
    path("categories/<slug:code>/terms/<int:pk>/withdraw/", catalogue.withdraw_term, name="withdraw_term"),
    path("categories/<slug:code>/retire/", catalogue.retire_category, name="retire_category"),
    path("categories/<slug:code>/revive/", catalogue.revive_category, name="revive_category"),
    path("categories/<slug:code>/questions/add/", catalogue.add_question, name="add_question"),
    path("categories/<slug:code>/questions/<slug:question>/", catalogue.edit_question, name="edit_question"),
    path("categories/<slug:code>/questions/<slug:question>/move/", catalogue.move_question, name="move_question"),
    path("categories/<slug:code>/questions/<slug:question>/retire/", catalogue.retire_question, name="retire_question"),
    path("templates/", catalogue.templates, name="templates"),
    path("templates/add/", catalogue.add_template, name="add_template"),
    path("templates/<slug:code>/", catalogue.template, name="template"),
    path("templates/<slug:code>/edit/", catalogue.edit_template, name="edit_template"),
    path("templates/<slug:code>/retire/", catalogue.retire_template, name="retire_template"),
]

words_urls = [
    path("words/", words.index, name="words"),
    path("words/change/", words.change, name="change_words"),
]

register_urls = [
    path("retention/", retention.index, name="retention"),
    path("retention/export.<str:kind>", retention.export, name="export_retention"),
    path("retention/holds/<uuid:reference>/release/", retention.release, name="release_hold"),
    path("<uuid:reference>/hold/", retention.hold, name="hold"),
    path("restrictions/", restrictions.index, name="restrictions"),
    path("restrictions/export.<str:kind>", restrictions.export, name="export_restrictions"),
    path("restrictions/<uuid:reference>/", restrictions.one, name="restriction"),
    path("restrictions/<uuid:reference>/approve/", restrictions.approve, name="approve_restriction"),
    path("restrictions/<uuid:reference>/return/", restrictions.send_back, name="return_restriction"),
    path("restrictions/<uuid:reference>/lift/", restrictions.lift, name="lift_restriction"),
    path("restrictions/<uuid:reference>/review/", restrictions.review, name="review_restriction"),
    path("restrictions/<uuid:reference>/appeal/", restrictions.appeal, name="appeal_restriction"),
    path("restrictions/<uuid:reference>/decide/", restrictions.decide_appeal, name="decide_appeal"),
]

together_urls = [
    path("alike/", neighbours.suspected, name="suspected"),
    path("alike/join/", neighbours.join_many, name="join_many"),
    path("alike/apart/", neighbours.keep_apart, name="keep_apart"),
    path("<uuid:reference>/alike/", neighbours.alike, name="alike"),
    path("<uuid:reference>/alike/<uuid:other>/", neighbours.compare, name="compare"),
    path("outside/", outside.index, name="outside"),
    path("outside/export.<str:kind>", outside.export, name="export_outside"),
    path("outside/<int:pk>/", outside.one, name="outside_one"),
    path("outside/<int:pk>/chase/", outside.chase, name="chase_outside"),
    path("outside/<int:pk>/answer/", outside.answer, name="outside_answer"),
    path("clusters/", clusters.index, name="clusters"),
    path("clusters/export.<str:kind>", clusters.export, name="export_clusters"),
    path("clusters/<uuid:reference>/", clusters.one, name="cluster"),
    path("clusters/<uuid:reference>/confirm/", clusters.confirm, name="confirm_cluster"),
    path("clusters/<uuid:reference>/lead/", clusters.lead, name="lead_cluster"),
    path("clusters/<uuid:reference>/attach/", clusters.attach, name="attach_to_cluster"),
    path("clusters/<uuid:reference>/detach/<int:pk>/", clusters.detach, name="detach_from_cluster"),
    path("clusters/<uuid:reference>/tell/", clusters.tell, name="tell_cluster"),
    path("clusters/<uuid:reference>/dismiss/", clusters.dismiss, name="dismiss_cluster"),
    path("clusters/<uuid:reference>/revive/", clusters.revive, name="revive_cluster"),
]

quality_urls = [
    path("quality/", quality.index, name="quality"),
    path("quality/draw/", quality.draw, name="quality_draw"),
    path("quality/rubric/", rubric.index, name="quality_rubric"),
    path("quality/rubric/new/", rubric.new, name="new_rubric"),
    path("quality/rubric/<int:version>/take-back/", rubric.take_back, name="take_back_rubric"),
    path("quality/years/<int:year>/", quality_year.year, name="quality_year"),
    path("quality/years/<int:year>/analysis.<str:kind>", quality_year.download, name="quality_year_download"),
    path("quality/years/<int:year>/propose/", quality_year.propose, name="propose_award"),
    path("quality/years/<int:year>/ask/", quality_year.ask, name="ask_year_returns"),
    path("quality/returns/<int:pk>/", quality_year.hand_in, name="year_return"),
    path("quality/awards/<int:pk>/", quality_year.decide, name="decide_award"),
    path("quality/sheets/<uuid:reference>/", quality.sheet, name="quality_sheet"),
    path("quality/sheets/<uuid:reference>/sheet.pdf", quality.paper, name="quality_paper"),
    path("quality/sheets/<uuid:reference>/take-back/", quality.take_back, name="quality_take_back"),
    path("quality/sheets/<uuid:reference>/drop/", quality.drop, name="quality_drop"),
    path("quality/sheets/<uuid:reference>/accept/", quality.accept, name="quality_accept"),
    path("quality/sheets/<uuid:reference>/contest/", quality.contest, name="quality_contest"),
    path("quality/sheets/<uuid:reference>/decide/", quality.decide, name="quality_decide"),
    path("quality/sheets/<uuid:reference>/judge/", quality.judge, name="quality_judge"),
    path("quality/<str:month>/", quality.month, name="quality_month"),
    path("quality/<str:month>/top-up/", quality.top_up, name="quality_top_up"),
    path("quality/<str:month>/export.<str:kind>", quality.export, name="quality_export"),
    path("promises/", promises.index, name="promises"),
    path("promises/export.<str:kind>", promises.export, name="export_promises"),
]

rules_urls = [
    path("rules/", rules.rules, name="rules"),
    path("rules/export.<str:kind>", rules.export_rules, name="export_rules"),
    path("rules/add/<slug:kind>/", rules.add_rule, name="add_rule"),
    path("rules/replays/<int:pk>/", rules.replay, name="replay"),
    path("rules/replays/<int:pk>/save/", rules.save_replay, name="save_replay"),
    path("rules/replays/<int:pk>/again/", rules.replay_again, name="replay_again"),
    path("rules/<slug:kind>/<int:pk>/", rules.rule, name="rule"),
    path("rules/<slug:kind>/<int:pk>/change/", rules.change_rule, name="change_rule"),
    path("rules/<slug:kind>/<int:pk>/end/", rules.end_rule, name="end_rule"),
    path("rules/<slug:kind>/<int:pk>/revive/", rules.revive_rule, name="revive_rule"),
    path("rules/<slug:kind>/<int:pk>/withdraw/", rules.withdraw_rule, name="withdraw_rule"),
    path("models/", rules.models, name="models"),
    path("models/compare/", learning.compare, name="compare_models"),
    path("models/<int:number>/", learning.model, name="model"),
    path("models/<int:number>/labels/<int:person>/", learning.labels, name="labels"),
    path("models/<int:number>/try/", rules.try_model, name="try_model"),
    path("models/roll-back/", rules.roll_back_model, name="roll_back_model"),
]

automatic_urls = [
    path("automatic/", automatic.watch, name="watch"),
    path("automatic/rows/", automatic.watch_rows, name="watch_rows"),
    path("automatic/export.<str:kind>", automatic.watch_export, name="watch_export"),
    path("automatic/stop/", automatic.stop, name="stop_automatic"),
    path("automatic/restart/", automatic.restart, name="restart_automatic"),
    path("automatic/precision/", automatic.precision, name="precision"),
    path("automatic/samples/", reviewing.samples, name="samples"),
    path("automatic/samples/<str:week>/", reviewing.sample, name="sample"),
    path("automatic/samples/<str:week>/<int:n>/", reviewing.review, name="review"),
    path("automatic/samples/<str:week>/<int:n>/back/", reviewing.take_back, name="take_back_review"),
    path("hops/", hops.hops, name="hops"),
    path("hops/export.<str:kind>", hops.export, name="export_hops"),
]

import_urls = [
    path("imports/", imports.index, name="imports"),
    path("imports/new/<str:kind>/", imports.upload, name="import_upload"),
    path("imports/template/<str:kind>.<str:format>", imports.template, name="import_template"),
    path("imports/<uuid:reference>/", imports.one, name="import"),
    path("imports/<uuid:reference>/rows.<str:format>", imports.rows, name="import_rows"),
    path("imports/<uuid:reference>/columns/", imports.columns, name="import_columns"),
    path("imports/<uuid:reference>/names/", imports.names, name="import_names"),
    path("imports/<uuid:reference>/start/", imports.start, name="import_start"),
    path("imports/<uuid:reference>/discard/", imports.discard, name="import_discard"),
    path("imports/<uuid:reference>/undo/", imports.undo, name="import_undo"),
]

mail_urls = [
    path("mail/", mail.index, name="mail"),
    path("mail/export.<str:kind>", mail.export, name="export_mail"),
    path("mail/<uuid:reference>/", mail.one, name="mail_message"),
    path("mail/<uuid:reference>/raw.eml", mail.raw, name="mail_raw"),
    path("mail/<uuid:reference>/parts/<int:n>/", mail.part, name="mail_part"),
    path("mail/<uuid:reference>/open/", mail.treat, name="open_mail"),
    path("mail/<uuid:reference>/attach/", mail.attach, name="attach_mail"),
    path("mail/<uuid:reference>/set-aside/", mail.set_aside, name="set_mail_aside"),
    path("mail/<uuid:reference>/undo/", mail.undo, name="undo_mail"),
    path("forwarders/", mail.forwarders, name="forwarders"),
    path("forwarders/add/", mail.add_forwarder, name="add_forwarder"),
    path("forwarders/<int:pk>/", mail.forwarder, name="forwarder"),
]

received_urls = [
    path("received/", received.index, name="received"),
    path("received/export.<str:kind>", received.export, name="export_received"),
    path("received/add/", received.add, name="receive_letter"),
    path("received/<uuid:reference>/", received.one, name="received_letter"),
    path("received/<uuid:reference>/slip.pdf", received.slip, name="letter_slip"),
    path("received/<uuid:reference>/scans/<uuid:scan>/", received.scan, name="letter_scan"),
    path("received/<uuid:reference>/type/", received.type_letter, name="type_letter"),
    path("received/<uuid:reference>/correct/", received.correct, name="correct_letter"),
    path("received/<uuid:reference>/scans/add/", received.add_scans, name="add_letter_scans"),
    path("received/<uuid:reference>/attach/", received.attach, name="attach_letter"),
    path("received/<uuid:reference>/set-aside/", received.set_aside, name="set_letter_aside"),
    path("received/<uuid:reference>/take-up/", received.take_up, name="take_up_letter"),
]

officer_urls = [
    *automatic_urls, *catalogue_urls, *rules_urls, *quality_urls, *register_urls, *together_urls, *mail_urls, *import_urls, *words_urls,
    *received_urls, *desk_urls,
]  # fmt: skip
urlpatterns = [
    path("", include(([*citizen_urls, path("desk/petitions/", include(officer_urls))], "petitions"))),
]

# GeoReport v2: the extension selects the format.
_FMT = r"\.(?P<fmt>json|xml)$"
machine_urlpatterns = [
    re_path(
        r"^open311/v2/",
        include(
            (
                [
                    re_path(rf"^discovery{_FMT}", open311.discovery, name="discovery"),
                    re_path(rf"^services{_FMT}", open311.services, name="services"),
                    re_path(rf"^services/(?P<code>[^/]+?){_FMT}", open311.definition, name="definition"),
                    re_path(rf"^requests{_FMT}", open311.requests, name="requests"),
                    re_path(rf"^requests/(?P<number>[^/]+?){_FMT}", open311.one, name="request"),
                    re_path(rf"^tokens/(?P<token>[^/]+?){_FMT}", open311.token, name="token"),
                ],
                "open311",
            )
        ),
    )
]
