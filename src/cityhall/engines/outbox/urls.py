from django.urls import include, path

from cityhall.engines.outbox import views

pages = [
    path("", views.failures, name="failures"),
    path("<int:pk>/retry/", views.retry, name="retry"),
    path("retry/", views.retry_all, name="retry_all"),
]
urlpatterns = [path("desk/outbox/", include((pages, "outbox")))]
