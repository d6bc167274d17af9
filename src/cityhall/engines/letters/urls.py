from django.urls import include, path

from cityhall.engines.letters import posting, views

pages = [
    path("desk/letters/", views.letters, name="letters"),
    path("desk/letters/post/", posting.to_post, name="to_post"),
    path("desk/letters/post/print.pdf", posting.print_all, name="print_all"),
    path("desk/letters/<int:pk>/take-back/", posting.take_back, name="take_back"),
    path("desk/letters/<int:pk>/", views.letter, name="letter"),
    path("desk/letters/<int:pk>/paper.pdf", views.paper_pdf, name="paper_pdf"),
    path("desk/letters/<int:pk>/again/", views.send_again, name="send_again"),
    path("desk/letters/templates/", views.templates, name="templates"),
    path("desk/letters/templates/<str:template>/<str:language>/", views.template, name="template"),
    path("demo/inbox/", views.inbox, name="inbox"),
    path("demo/inbox/<int:number>/", views.inbox_message, name="inbox_message"),
]
urlpatterns = [path("", include((pages, "letters")))]
