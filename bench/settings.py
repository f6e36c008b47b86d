"""The product's settings, plus the bare views the product is compared with."""

from gongyi.config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
