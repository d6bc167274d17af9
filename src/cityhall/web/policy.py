"""What a browser may load on our pages, as a setting: this module may be imported before Django is ready."""

from csp.constants import NONE, SELF

# For django-csp. No inline script, no inline style, no foreign host, no eval. MapLibre's worker is a file
# of our own; `blob:` images are the map's icons and previews of photos.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
