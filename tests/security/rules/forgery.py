from django.views.decorators.csrf import csrf_exempt, csrf_protect


# ruleid: forgery
@csrf_exempt
def file(request):
    return answer(request)


# ruleid: forgery
file_too = csrf_exempt(answer)

# ruleid: forgery
file_too.csrf_exempt = True


# ok: forgery
@csrf_protect
def confirm(request):
    return answer(request)
