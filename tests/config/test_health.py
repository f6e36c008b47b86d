"""/healthz and /readyz name each part, and gongyi doctor says what would help."""

import io

import pytest
from django.db import connection

from gongyi.config import doctor, health

pytestmark = pytest.mark.django_db


@pytest.fixture
def heartbeat():
    """Leave a worker's sign of life of the given age, as another process would."""

    def beat(age_seconds):
        with health.own_connection() as database:
            database.execute("DELETE FROM procrastinate_workers")
            database.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
                [age_seconds],
            )

    yield beat
    with health.own_connection() as database:
        database.execute("DELETE FROM procrastinate_workers")


def test_healthz_answers_without_a_database(client, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_readyz_is_ready_when_every_part_is(client, heartbeat):
    heartbeat(3)
    answer = client.get("/readyz")
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "worker": "ok", "disk": "ok"},
    }
    assert answer.status_code == 200


def test_readyz_misses_a_worker(client, heartbeat):
    assert client.get("/readyz").json()["checks"]["worker"] == "none is running; start it with: gongyi worker"
    heartbeat(300)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == (
        "the last sign of life is 300 seconds old; start it with: gongyi worker"
    )


def test_readyz_misses_a_migration(client, heartbeat):
    heartbeat(3)
    one = ("procrastinate", "0001_initial")
    with health.own_connection() as database:
        database.execute("DELETE FROM django_migrations WHERE (app, name) = (%s, %s)", one)
        answer = client.get("/readyz")
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", one)
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == (
        "1 not applied, first procrastinate.0001_initial; run: gongyi migrate"
    )


def test_readyz_tells_visitors_nothing_about_an_unreachable_database_but_that(client, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "not reachable; gongyi doctor tells why"
    assert "nowhere" not in answer.content.decode()


def test_readyz_sees_a_disk_that_cannot_be_written(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"].startswith("the data directory cannot be written")


def examined():
    stream = io.StringIO()
    return doctor.report(stream), stream.getvalue()


def test_the_doctor_finds_a_healthy_site_in_order(heartbeat):
    heartbeat(3)
    code, words = examined()
    assert code == 0, words
    assert "migrations: all applied" in words
    assert "background jobs: a worker is alive" in words
    assert words.endswith("Everything is in order.\n")


def test_the_doctor_says_what_helps_against_each_illness(monkeypatch, tmp_path):
    (tmp_path / "secret-key").write_text("x" * 60)
    (tmp_path / "secret-key").chmod(0o644)
    monkeypatch.setenv("GONGYI_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    code, words = examined()
    assert code == 1
    assert f"BAD   secret key: others may read {tmp_path}/secret-key" in words
    assert f"→ run: chmod 600 '{tmp_path}/secret-key'" in words
    assert "BAD   database: not reachable" in words
    assert words.endswith("2 problems found.\n")
