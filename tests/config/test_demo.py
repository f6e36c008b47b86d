"""The demo stays on sites started as one: it joins no real site, and no real site starts on it."""

import pytest
from django.core.management import CommandError, call_command

from gongyi.config.cli import prepare
from gongyi.config.cli.refusal import CannotRun
from gongyi.config.demo import CAST, load, people
from gongyi.config.demo.world import UNITS
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db


def test_a_real_site_does_not_load_the_demo():
    with pytest.raises(CommandError, match="only for demo sites"):
        call_command("load_demo")
    prepare.load_demo()
    assert not load.is_loaded()


def test_the_demo_does_not_mix_with_a_real_site(settings):
    settings.DEMO = True
    organization("真实大学")
    with pytest.raises(CommandError, match="holds a real site"):
        call_command("load_demo")


def test_a_real_site_does_not_start_on_the_demo():
    organization("望江大学", code=UNITS[0].code)
    with pytest.raises(CannotRun, match="holds the demo"):
        prepare.load_demo()


def test_a_second_load_does_nothing(settings, capsys):
    settings.DEMO = True
    organization("望江大学", code=UNITS[0].code)
    call_command("load_demo")
    assert "演示数据已在" in capsys.readouterr().out


def test_the_cast_has_one_person_for_every_role():
    names = [name for name, _role in people()]
    assert names == [person.username for person in CAST]
    wanted = {
        "admin",
        "reviewer",
        "city-reviewer",
        "applicant",
        "overdue-admin",
        "unit-admin",
        "manager",
        "finance",
        "leader",
        "group-manager",
        "senior",
        "student",
        "newcomer",
        "lab-admin",
        "sub-user",
        "metro-reviewer",
    }
    assert set(names) == wanted
