def wrong(request, pk):
    # ruleid: lookups
    one = Case.objects.get(pk=pk)
    # ruleid: lookups
    two = Case.objects.select_related("owner").get(pk=pk)


def right(request, pk):
    # ok: lookups
    one = get_object_or_404(Case, pk=pk)
    try:
        # ok: lookups
        two = Case.objects.get(pk=pk)
    except Case.DoesNotExist:
        raise Http404
    # ok: lookups
    three = Case.objects.filter(pk=pk).first()
    # ok: lookups
    four = request.GET.get("page")
