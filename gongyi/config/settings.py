"""Settings of one installation, read from GONGYI_* environment variables; every one has a default that works on one machine."""

import os
from pathlib import Path

from gongyi.config import database, secrets

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(os.environ.get("GONGYI_DATA_DIR") or BASE_DIR / "var").absolute()
DEBUG = os.environ.get("GONGYI_DEBUG") == "1"
DEMO = os.environ.get("GONGYI_DEMO") == "1"
DEMO_PEOPLE = "gongyi.config.demo.people"  # whom one click signs in as; asked only when DEMO is on
SITE_NAME = os.environ.get("GONGYI_SITE_NAME", "共仪")
SUB_USERS_PER_UNIT = int(os.environ.get("GONGYI_SUB_USERS_PER_UNIT", "20"))  # people beside a unit's main accounts
SITE_URL = os.environ.get("GONGYI_SITE_URL", "").rstrip("/") or (
    f"http://{os.environ.get('GONGYI_HOST', '127.0.0.1')}:{os.environ.get('GONGYI_PORT', '8000')}"
)

SECRET_KEY = os.environ.get("GONGYI_SECRET_KEY") or secrets.secret_key(DATA_DIR)
ALLOWED_HOSTS = os.environ.get("GONGYI_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "gongyi.kit.errors.csrf_failure"

INSTALLED_APPS = [
    "gongyi.config",
    "gongyi.api",
    "gongyi.portal",
    "gongyi.reservations",
    "gongyi.ledger",
    "gongyi.offerings",
    "gongyi.catalog",
    "gongyi.onboarding",
    "gongyi.reviews",
    "gongyi.organizations",
    "gongyi.accounts",
    "gongyi.imports",
    "gongyi.workflow",
    "gongyi.audit",
    "gongyi.notifications",
    "gongyi.files",
    "gongyi.regions",
    "gongyi.kit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django_htmx",
    "django_filters",
    "django_tables2",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "django.forms",
    "axes",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gongyi.kit.middleware.ContentSecurityPolicy",
    "gongyi.kit.middleware.RefuseNulBytes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gongyi.organizations.middleware.ActingFor",
    "gongyi.onboarding.middleware.UpdateFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "gongyi.config.urls"
WSGI_APPLICATION = "gongyi.config.wsgi.application"

_loaders = [
    "template_partials.loader.Loader",
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": (
                [("template_partials.loader.Loader", _loaders[1:])]
                if DEBUG
                else [("template_partials.loader.Loader", [("django.template.loaders.cached.Loader", _loaders[1:])])]
            ),
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "gongyi.kit.templatetags.gongyi",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gongyi.config.context.site",
            ],
        },
    }
]
FORM_RENDERER = "gongyi.kit.renderer.GongyiFormRenderer"

DATABASES = {"default": database.settings_for(DATA_DIR)}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "gongyi.accounts.backends.AnyIdentifierBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "gongyi.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "portal:desk"
LOGOUT_REDIRECT_URL = "portal:home"
CAPABILITIES_ON_INSTITUTION_PAGE = int(os.environ.get("GONGYI_CAPABILITIES_ON_INSTITUTION_PAGE", "30"))  # lines (S3-45)
PASSWORD_RESET_TIMEOUT = 2 * 3600
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("GONGYI_BEHIND_PROXY") == "1" else None

# Ten wrong passwords lock the account name for half an hour; the captcha appears after three (gongyi.accounts).
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.5
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "gongyi.accounts.lockout.locked_out"
AXES_USERNAME_CALLABLE = "gongyi.accounts.lockout.account_name"
AXES_CLIENT_IP_CALLABLE = "gongyi.accounts.lockout.client_address"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["gongyi.kit.formats"]

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "gongyi.kit.finders.NodeModulesFinder",
]
NODE_MODULES_DIR = BASE_DIR / "node_modules"
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or "PYTEST_VERSION" in os.environ
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

EMAIL_BACKEND = os.environ.get("GONGYI_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = os.environ.get("GONGYI_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("GONGYI_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("GONGYI_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("GONGYI_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("GONGYI_EMAIL_TLS") == "1"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("GONGYI_EMAIL_FROM", "gongyi@localhost")

SMS_GATEWAY = {
    "url": os.environ.get("GONGYI_SMS_URL", ""),
    "headers": os.environ.get("GONGYI_SMS_HEADERS", ""),
    "body": os.environ.get("GONGYI_SMS_BODY", ""),
    "format": os.environ.get("GONGYI_SMS_FORMAT", "json"),
    "success": os.environ.get("GONGYI_SMS_SUCCESS", ""),
}
HOTLINE = os.environ.get("GONGYI_HOTLINE", "12345（示例）")  # whom people call who can't sign in (S1-21)

DJANGO_TABLES2_TEMPLATE = "kit/table.html"
# W006: locking by address would lock a campus behind one address; lockout.py counts per account instead.
SILENCED_SYSTEM_CHECKS = ["axes.W003", "axes.W006"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("GONGYI_LOG_LEVEL", "WARNING")},
}
