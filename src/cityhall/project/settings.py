"""Settings of the whole program, read from the environment.

Every `CITYHALL_…` variable is listed in docs/operations.md. A city sets three (database, data folder, secret key);
without any, an SQLite database and a data folder beside the checkout are used.
"""

import os
import secrets
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from cityhall.web.logs import logging_config
from cityhall.web.policy import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY

BASE_DIR = Path(__file__).resolve().parents[3]
BUILD_DIR = Path(os.environ.get("CITYHALL_BUILD_DIR", BASE_DIR / "build"))
DATA_DIR = Path(os.environ.get("CITYHALL_DATA_DIR", BASE_DIR / "data"))
DATA_DIR.mkdir(parents=True, exist_ok=True)


def flag(name: str, default: bool = False) -> bool:
    """A yes/no variable of the environment."""
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def own_secret() -> str:
    """The key of this installation: from the environment, else made once and kept in the data folder."""
    if key := os.environ.get("CITYHALL_SECRET_KEY"):
        if len(key) < 32:
            raise ImproperlyConfigured("CITYHALL_SECRET_KEY must have at least 32 characters.")
        return key
    path = DATA_DIR / "secret-key"
    if not path.exists():
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            pass  # another process made it in the same moment
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


SECRET_KEY = own_secret()
DEBUG = flag("CITYHALL_DEBUG")
DEMO = flag("CITYHALL_DEMO")
SECURE = flag("CITYHALL_SECURE")  # behind TLS: secure cookies, HSTS

ALLOWED_HOSTS = os.environ.get("CITYHALL_HOSTS", "localhost 127.0.0.1 [::1]").split()
CSRF_TRUSTED_ORIGINS = os.environ.get("CITYHALL_TRUSTED_ORIGINS", "").split()
SITE_URL = os.environ.get("CITYHALL_SITE_URL", f"http://localhost:{os.environ.get('PORT', '8000')}")

CITY_CODE = os.environ.get("CITYHALL_CITY_CODE", "68000")
CITY_NAME = {
    "zh-hant": os.environ.get("CITYHALL_CITY_NAME", "桃園市"),
    "en": os.environ.get("CITYHALL_CITY_NAME_EN", "Taoyuan City"),
}

ENGINES = (
    "audit", "outbox", "numbers", "rules", "textsearch", "classify", "likeness", "idempotency", "files", "places", "layers", "letters", "figures",
    "tables", "retrieval", "deadlines", "mailbox", "identity", "directory", "worklist", "cases", "milestones", "scoring", "surveys",
    "tracking", "gatherings", "usage", "subscriptions",
)  # fmt: skip
DOMAINS = (
    "chat", "contacts", "control_yuan", "council", "faq", "grants", "hotline", "instructions", "international", "open_data", "petitions",
    "phone_tests", "projects", "road_safety", "smart_city", "spatial", "subsidies", "wifi",
)  # fmt: skip

INSTALLED_APPS = [
    "cityhall.project.apps.ProjectConfig",
    "cityhall.report",
    *(f"cityhall.domains.{name}" for name in DOMAINS),
    *(f"cityhall.engines.{name}" for name in reversed(ENGINES)),
    "cityhall.web",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "cityhall.web.middleware.RequestMiddleware",
    "cityhall.web.answers.AnswersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages travel compressed. What somebody could guess from their size (BREACH) is hidden by Django's own means: the
    # form token is masked anew for each page, and each page is padded at random.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "cityhall.web.middleware.PageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "cityhall.engines.identity.middleware.SessionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "cityhall.project.urls"
WSGI_APPLICATION = "cityhall.project.wsgi.application"
AUTH_USER_MODEL = "identity.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "cityhall.web.forms.GovukRenderer"
CSRF_FAILURE_VIEW = "cityhall.web.errors.csrf_failure"
LOGIN_URL = "identity:sign_in"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cityhall.web.context.page",
                "cityhall.engines.worklist.context.desk",
            ],
            "builtins": [],
        },
    }
]

# SQLite by default. IMMEDIATE, WAL and FULL: research measured 71 % failed requests with Django's defaults, and
# FULL keeps what was acknowledged when the power goes (docs/adr/0003).
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("CITYHALL_DATABASE_URL", f"sqlite:///{DATA_DIR / 'cityhall.sqlite3'}"), conn_max_age=600
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "cityhall.foundation.sqlite"  # with a queue of those who write
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-64000;"
            "PRAGMA temp_store=MEMORY;PRAGMA foreign_keys=ON;PRAGMA wal_autocheckpoint=8000"
        ),
    }
    # Tests run on a file too: an SQLite in memory locks whole tables and shows nothing of how threads meet.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"] = {
        # jit: compiling costs a fifth of a second, which no page's questions earn back.
        "options": "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s -c jit=off"
    }
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

LANGUAGE_CODE = "zh-hant"
LANGUAGES = [("zh-hant", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Taipei"

STATIC_URL = "/static/"
STATIC_ROOT = BUILD_DIR / "collected"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BUILD_DIR / "static"] if (BUILD_DIR / "static").is_dir() else []
STATIC_COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()  # `make setup` ends with it: names carry hashes
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
WHITENOISE_MAX_AGE = 3600
FILES_DIR = Path(os.environ.get("CITYHALL_STORAGE_URL", f"file://{DATA_DIR / 'files'}").removeprefix("file://"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_COLLECTED or flag("CITYHALL_COLLECTING")
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Counted use (engines/usage): events as Parquet files, asked through DuckDB in each process, or through an engine that a
# city has, by its Ibis address (docs/usage.md).
USAGE_DIR = Path(os.environ.get("CITYHALL_USAGE_DIR", DATA_DIR / "usage"))
USAGE_URL = os.environ.get("CITYHALL_USAGE_URL", "")
USAGE_MEMORY = os.environ.get("CITYHALL_USAGE_MEMORY", "1GB")
USAGE_THREADS = int(os.environ.get("CITYHALL_USAGE_THREADS", "2"))

SMTP_URL = os.environ.get("CITYHALL_SMTP_URL", "smtp://127.0.0.1:2525")
MAIL_FROM = os.environ.get("CITYHALL_MAIL_FROM", "cityhall@localhost")
MAIL_BOX = os.environ.get("CITYHALL_MAIL_BOX", "service@cityhall.example" if DEMO else "")  # where answers are taken
MAIL_DOOR = os.environ.get("CITYHALL_MAIL_DOOR", "")  # host:port of the SMTP door; empty: closed
MAIL_AUTHSERV = os.environ.get("CITYHALL_MAIL_AUTHSERV", "")  # whose Authentication-Results are believed
IMAP_URL = os.environ.get("CITYHALL_IMAP_URL", "")
CTI_SECRET = os.environ.get("CITYHALL_CTI_SECRET", "")  # shared with the telephone exchange; empty: its door is closed
IMAP_TIMEOUT = 30.0
GATEWAYS = {  # docs/gateways.md: address and key
    name: (os.environ.get(f"CITYHALL_{name.upper()}_URL", ""), os.environ.get(f"CITYHALL_{name.upper()}_KEY", ""))
    for name in ("sms", "push")
}

LINE = {  # docs/gateways.md; off without secret and token
    "secret": os.environ.get("CITYHALL_LINE_SECRET", ""),
    "token": os.environ.get("CITYHALL_LINE_TOKEN", ""),
    "url": os.environ.get("CITYHALL_LINE_URL", "https://api.line.me"),
    "data_url": os.environ.get("CITYHALL_LINE_DATA_URL", "https://api-data.line.me"),
}
CALLS_LOOPBACK = flag(
    "CITYHALL_CALLS_LOOPBACK"
)  # calls to outside bodies may go to this machine, without TLS: for trials
CALLS_SECONDS = 25.0  # one call to an outside body, everything together

# Sign-in (engines/identity). Sessions are rows, so that an ended one is ended for every worker.
SESSION_ENGINE = "cityhall.engines.identity.sessions"
SESSION_COOKIE_AGE = 24 * 3600  # of visitors who have not signed in; signed-in ones: see identity's parameters
TRUSTED_PROXIES = int(os.environ.get("CITYHALL_PROXIES", "0"))  # reverse proxies of our own before this server
SECRET_KEY_FALLBACKS = os.environ.get("CITYHALL_OLD_SECRET_KEYS", "").split()
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"cityhall.engines.identity.passwords.{name}"}
    for name in ("LongEnough", "NotCommon", "NotLikeTheAccount", "NotUsedLately")
]
OIDC = {
    "issuer": os.environ.get("CITYHALL_OIDC_ISSUER", ""),
    "client_id": os.environ.get("CITYHALL_OIDC_CLIENT_ID", ""),
    "client_secret": os.environ.get("CITYHALL_OIDC_CLIENT_SECRET", ""),
    "name": os.environ.get("CITYHALL_OIDC_NAME", "單一簽入"),
    "strong_acr": os.environ.get("CITYHALL_OIDC_STRONG_ACR", ""),  # values of `acr` that mean two factors
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "cityhall.engines.identity.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = flag("CITYHALL_HSTS_SUBDOMAINS", SECURE)
# Preload lists take a whole domain for good: that is for who owns the city's domain, not for one program under it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_SSL_REDIRECT = SECURE
# The proxy before us says how it was asked; monitoring and `cityhall serve` itself ask without it, on the loopback.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
MOST_UPLOADED = 520 * 2**20  # five short videos and the form around them
FILE_UPLOAD_HANDLERS = [
    "cityhall.web.uploads.LimitedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LOGGING = logging_config(os.environ.get("CITYHALL_LOG_LEVEL", "INFO"))
METRICS_DIR = os.environ.get("CITYHALL_METRICS_DIR", "")  # set by `cityhall serve`, so that its workers count together
