from django.urls import include, path

from cityhall.engines.letters import views

pages = [
    path("desk/letters/", views.letters, name="letters"),
    path("desk/letters/<int:pk>/", views.letter, name="letter"),
    path("desk/letters/<int:pk>/paper.pdf", views.paper_pdf, name="paper_pdf"),
    path("desk/letters/<int:pk>/again/", views.send_again, name="send_again"),
    path("desk/letters/templates/", views.templates, name="templates"),
    path("desk/letters/templates/<str:template>/<str:language>/", views.template, name="template"),
    path("demo/inbox/", views.inbox, name="inbox"),
    path("demo/inbox/<int:number>/", views.inbox_message, name="inbox_message"),
]
urlpatterns = [path("", include((pages, "letters")))]
