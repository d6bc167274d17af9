def wrong(request, form):
    # ruleid: redirects
    _ = HttpResponseRedirect(request.GET["next"])
    back = request.POST.get("back", "/")
    # ruleid: redirects
    _ = redirect(back)
    # ruleid: redirects
    _ = redirect(f"{back}?saved=1")
    # ruleid: redirects
    _ = HttpResponseRedirect(request.META["HTTP_REFERER"])
    # ruleid: redirects
    _ = redirect(form.cleaned_data["url"])


def right(request, form):
    # ok: redirects
    _ = HttpResponseRedirect(reverse("worklist:list", args=[request.GET["page"]]))
    # ok: redirects
    _ = redirect("directory:agency", code=request.GET["code"])
    # ok: redirects
    _ = HttpResponseRedirect(signing_in.safe_back(request, request.GET.get("next")))
    back = request.GET.get("back", "/")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        # ok: redirects
        _ = HttpResponseRedirect(back)
