"""Settings of the site. What differs from stage to stage comes from the environment."""

from urllib.parse import urlsplit

from django.utils.csp import CSP
from pythonjsonlogger.core import RESERVED_ATTRS

from core.environment import ROOT, STATE, read_environment

GARAGE = read_environment()

SITE = urlsplit(GARAGE.site_url)
SITE_ORIGIN = f"{SITE.scheme}://{SITE.netloc}"
MEDIA_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(GARAGE.media_url))
SECURE = SITE.scheme == "https"

SECRET_KEY = GARAGE.secret_key
SECRET_KEY_FALLBACKS = list(GARAGE.secret_key_fallbacks)
DEBUG = GARAGE.debug
ALLOWED_HOSTS = [SITE.hostname]
ROOT_URLCONF = "garage.urls"
WSGI_APPLICATION = "garage.wsgi.application"
# On the gateway's own host all paths begin with the name of the stage, also in mails
# and in the addresses that Cognito returns to.
FORCE_SCRIPT_NAME = SITE.path or None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_guid",
    "django_htmx",
    "identity",
    "markets",
    "approvals",
]
MIDDLEWARE = [
    "core.web.middleware.DeadlineMiddleware",
    "django_guid.middleware.guid_middleware",
    "core.web.headers.HeadersMiddleware",
    # Before whatever may refuse a request, for example because of its host.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.web.charsets.CharsetMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "identity.middleware.AuthenticationMiddleware",
    "core.unsaved.middleware.UnsavedFormMiddleware",
    "identity.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "core.web.middleware.DomainErrorMiddleware",
]

# Seconds of waiting for other services in one request, all its calls together. Whoever
# waits has gone after ten.
REQUEST_SECONDS = 8.0

# No SQL: markets are PynamoDB models, users are in Cognito.
DATABASES: dict[str, dict[str, str]] = {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"  # each city has a time zone of its own
USE_TZ = True
# Pages are in English; messages to merchants are also in German and Romanian.
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch"), ("ro", "Română")]
LOCALE_PATHS = [ROOT / "locale"]

STORAGES = {
    "default": {"BACKEND": "core.storage.PublicStorage"},
    "incoming": {"BACKEND": "core.storage.IncomingStorage"},
    "exports": {"BACKEND": "core.storage.ExportStorage"},
    "staticfiles": {"BACKEND": "core.staticfiles.StaticStorage"},
}
STATIC_URL = f"{GARAGE.media_url}/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = STATE / "static"  # hashed copies and their manifest, made by `collectstatic`

# Photos come one at a time, and a function accepts 6 MB at most.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [MEDIA_ORIGIN],
    "style-src": [MEDIA_ORIGIN],
    "img-src": [CSP.SELF, MEDIA_ORIGIN],
    "font-src": [MEDIA_ORIGIN],
    "connect-src": [CSP.SELF, MEDIA_ORIGIN],  # photos go straight to the bucket
    # Sign-in and sign-out lead to the hosted pages by a redirect.
    "form-action": [CSP.SELF, GARAGE.oidc_url],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [SITE_ORIGIN]
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_FAILURE_VIEW = "garage.views.csrf_failure"
MESSAGE_STORAGE = "core.web.notices.NoticeStorage"
MESSAGE_COOKIE_NAME = "__Host-messages" if SECURE else "messages"

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = [
    "identity.sign_in.backend.MerchantsBackend",
    "identity.sign_in.backend.OfficersBackend",
]
LOGIN_URL = "sign_in"  # officers' pages name their own sign-in
# The claims are in a signed cookie; the record of the session (identity.sessions) ends
# earlier for officers.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_AGE = 30 * 24 * 3600  # seconds
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # with Strict, browsers would not send it when Cognito leads back
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{GARAGE.oidc_url}/oauth2/authorize"
OIDC_OP_TOKEN_ENDPOINT = f"{GARAGE.oidc_url}/oauth2/token"
OIDC_OP_USER_ENDPOINT = f"{GARAGE.oidc_url}/oauth2/userInfo"
OIDC_OP_JWKS_ENDPOINT = GARAGE.jwks_url
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True
OIDC_MAX_STATES = 5  # unfinished sign-ins in one browser; the cookie has no room for more
OIDC_TOKEN_USE_BASIC_AUTH = True

MAILERS = {"default": {"BACKEND": "django_ses.SESBackend"}}
DEFAULT_FROM_EMAIL = GARAGE.mail_from
AWS_SES_REGION_NAME = GARAGE.region
AWS_SES_REGION_ENDPOINT_URL = None  # boto3 finds it: Amazon's, or AWS_ENDPOINT_URL
AWS_SES_AUTO_THROTTLE = (
    None  # would ask SES for its limit before each mail; the outbox tries again instead
)

# Further functions that erase a merchant's personal data from an application; safe to
# call again. Named here because markets does not import approvals.
ALSO_ERASE = ["approvals.review.notes.erase_notes"]

# One JSON object a line, with the request's id and without personal data.
DJANGO_GUID = {"GUID_HEADER_NAME": "X-Request-Id", "VALIDATE_GUID": True, "UUID_LENGTH": 32}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {
            "()": "django_guid.log_filters.CorrelationId",
            "correlation_id_field": "request_id",
        }
    },
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}{request_id}",
            "style": "{",
            # Django adds the request, whose URL may contain the code of a sign-in.
            "reserved_attrs": [*RESERVED_ATTRS, "request"],
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "json",
        }
    },
    "root": {"handlers": ["stderr"], "level": GARAGE.log_level},
    "loggers": {
        "botocore": {"level": "WARNING"},
        "django_guid": {"level": "WARNING"},
        "pynamodb": {"level": "WARNING"},
        "zappa": {"level": "WARNING"},  # its access log contains IP addresses
        "django": {"handlers": [], "propagate": True, "level": GARAGE.log_level},
    },
}
