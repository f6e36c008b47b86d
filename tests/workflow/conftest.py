"""The toy's table, made once in the test database, and its three people."""

import pytest
from django.apps import AppConfig, apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests import kept
from tests.workflow import toy
from tests.workflow.toy import Leave, followed


@pytest.fixture(scope="session", autouse=True)
def toy_app(django_db_setup, django_db_blocker):
    """Install the toy as an app while its table exists: afterwards nothing of the product shall look for it."""
    config = AppConfig("tests.workflow.toy", toy)
    config.apps, config.label, config.models, config.models_module = apps, "toy", apps.all_models["toy"], toy
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            if Leave._meta.db_table in connection.introspection.table_names():
                editor.delete_model(Leave)
            editor.create_model(Leave)
        apps.app_configs["toy"] = config
        apps.clear_cache()
        ContentType.objects.get_for_model(Leave)  # as migrate would
        kept.keep()  # with the toy's table and its content type
        yield
        del apps.app_configs["toy"]
        apps.clear_cache()
        with connection.schema_editor() as editor:
            editor.delete_model(Leave)
        ContentType.objects.filter(app_label="toy").delete()
        kept.keep()


@pytest.fixture(autouse=True)
def _fresh_followers():
    followed.clear()


def person(username, name):
    return get_user_model().objects.create(username=username, name=name)


@pytest.fixture
def li(db):
    return person("li", "李明")


@pytest.fixture
def zhou(db):
    return person("zhou", "周敏")


@pytest.fixture
def stranger(db):
    return person("stranger", "路人")


@pytest.fixture
def leave(li, zhou):
    return Leave.objects.create(applicant=li, boss=zhou)


@pytest.fixture
def pending(li, zhou):
    return Leave.objects.create(applicant=li, boss=zhou, status=Leave.Status.PENDING)
