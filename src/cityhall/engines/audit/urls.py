from django.urls import include, path

from cityhall.engines.audit import views

urlpatterns = [path("desk/audit/", include(([path("", views.trail, name="trail")], "audit")))]
