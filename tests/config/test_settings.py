"""What settings are made of: the database address and the secret key."""

import subprocess
import sys
from pathlib import Path

import pytest

from gongyi.config import database
from gongyi.config.secrets import secret_key

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://gongyi:p%40ss%2Fword@db.example.org:5433/site?sslmode=require",
            ("site", "gongyi", "p@ss/word", "db.example.org", "5433", {"sslmode": "require"}),
        ),
        (
            "postgres://gongyi@/site?host=/run/数据%20库",
            ("site", "gongyi", "", "/run/数据 库", "", {}),
        ),
        ("postgresql:///", ("gongyi", "", "", "", "", {})),
    ],
)
def test_an_address_is_read(url, expected):
    assert tuple(database.from_url(url).values()) == expected


def test_an_address_of_another_database_is_refused():
    with pytest.raises(ValueError, match="must start with postgresql://, not mysql://"):
        database.from_url("mysql://root@localhost/gongyi")


def test_a_password_that_was_not_encoded_is_explained():
    with pytest.raises(ValueError, match="percent-encoded"):
        database.from_url("postgresql://gongyi:pass:word/x@localhost/site")


def test_every_connection_has_time_limits_and_is_asked_before_it_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("GONGYI_DATABASE_URL", "postgresql://gongyi@localhost/site?options=-c search_path=gy")
    monkeypatch.delenv("GONGYI_STATEMENT_TIMEOUT_SECONDS", raising=False)
    made = database.settings_for(tmp_path)
    assert made["OPTIONS"]["options"] == (
        "-c search_path=gy -c statement_timeout=60000 -c lock_timeout=10000 "
        "-c idle_in_transaction_session_timeout=60000"
    )
    assert made["CONN_HEALTH_CHECKS"] is True


def test_the_time_limit_of_statements_can_be_lifted(monkeypatch, tmp_path):
    monkeypatch.setenv("GONGYI_DATABASE_URL", "postgresql://gongyi@localhost/site")
    monkeypatch.setenv("GONGYI_STATEMENT_TIMEOUT_SECONDS", "0")
    assert "-c statement_timeout=0 " in database.settings_for(tmp_path)["OPTIONS"]["options"]


def test_processes_that_start_together_agree_on_one_secret_key(tmp_path):
    code = "import sys, pathlib; from gongyi.config.secrets import secret_key; print(secret_key(pathlib.Path(sys.argv[1])))"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path / "数据"], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]
    keys = {process.communicate()[0].strip() for process in started}
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert [path.name for path in (tmp_path / "数据").iterdir()] == ["secret-key"]
    assert (tmp_path / "数据" / "secret-key").stat().st_mode & 0o077 == 0


def test_a_damaged_secret_key_is_refused(tmp_path):
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(ValueError, match="is damaged"):
        secret_key(tmp_path)
