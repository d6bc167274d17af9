# ok: markup
from django.utils.html import format_html

# ruleid: markup
from django.utils.safestring import mark_safe

# ok: markup
from django.utils.safestring import SafeString


# ok: markup
def name(words: str) -> SafeString:
    # ok: markup
    return format_html("<b>{}</b>", words)


def wrong(words, link):
    # ruleid: markup
    yield mark_safe(words)
    # ruleid: markup
    yield safestring.mark_safe(f"<b>{words}</b>")
    # ruleid: markup
    yield SafeString(words)
    # ruleid: markup
    yield format_html(f"<b>{words}</b>", link)
    # ruleid: markup
    yield format_html("<b>" + words, link)
    # ruleid: markup
    yield format_html("<b>%s</b>" % words, link)


# ruleid: markup
class Drawing(SafeString):
    pass


def letter(template, values):
    # ruleid: unescaped
    yield template.render(Context(values, autoescape=False))
    # ruleid: unescaped
    yield Engine(autoescape=False).from_string("")
    # ok: unescaped
    yield template.render(Context(values))
