"""Promises over all apps that a single test file would forget: doors, visibility, words, languages."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import get_resolver

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [path for path in (ROOT / "gongyi").rglob("*.py") if "migrations" not in path.parts]
OURS = [config.label for config in apps.get_app_configs() if config.name.startswith("gongyi.")]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_a_status_is_assigned_only_by_the_one_door():
    assigned = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            assigned += [
                f"{path.relative_to(ROOT)}:{node.lineno}"
                for target in targets
                if isinstance(target, ast.Attribute) and target.attr == "status"
            ]
    assert assigned == []


def test_every_model_with_a_page_says_who_may_see_it():
    without = [
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label in OURS
        and "get_absolute_url" in vars(model)
        and not hasattr(model.objects.all(), "visible_to")
    ]
    assert without == []


def test_every_string_of_a_template_goes_through_gettext():
    bare = []
    allowed = re.compile(
        r"\{#.*?#\}|\{% comment.*?endcomment %\}|\{% (translate|trans) .*?%\}|\{% blocktrans(late)?.*?endblocktrans(late)? %\}"
        r"|\{\{[^}]*\}\}|\{%[^%]*%\}|<!--.*?-->",
        re.S,
    )
    for path in (ROOT / "gongyi").rglob("*.html"):
        rest = allowed.sub("", path.read_text())
        if found := CHINESE.search(rest):
            line = path.read_text()[: path.read_text().find(rest[found.start() : found.start() + 2])].count("\n") + 1
            bare.append(f"{path.relative_to(ROOT)}:{line}: {rest[max(0, found.start() - 10) : found.end() + 10]!r}")
    assert bare == []


def test_no_source_names_a_registry_or_content_network():
    hosts = "|".join(
        [
            "pypi" + r"\.org",
            "python" + "hosted",
            "registry" + r"\.npm",
            "js" + "delivr",
            "un" + r"pkg\.com",
            "fonts" + r"\.google",
        ]
    )
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    named = [
        name
        for name in listed
        if (ROOT / name).is_file()
        and (ROOT / name).suffix in {".py", ".txt", ".json", ".toml", ".md", ".html", ".js", ".css", ".in", ".yml", ""}
        and re.search(hosts, (ROOT / name).read_text(errors="ignore"))
    ]
    assert named == []


@pytest.mark.parametrize("label", OURS)
def test_every_app_has_migrations_for_its_models(label):
    has_models = bool(list(apps.get_app_config(label).get_models()))
    assert not has_models or (Path(apps.get_app_config(label).path) / "migrations" / "0001_initial.py").exists()


def test_no_module_is_called_by_a_name_that_says_nothing():
    vague = {"utils.py", "helpers.py", "common.py", "managers.py", "misc.py"}
    assert [str(path.relative_to(ROOT)) for path in SOURCES if path.name in vague] == []


def test_every_module_says_why_it_exists():
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.name not in {"__init__.py", "apps.py"} and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_every_screen_has_a_name():
    unnamed = []

    def walk(patterns, prefix=""):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                if str(pattern.pattern) != "api/v1/":
                    walk(pattern.url_patterns, prefix + str(pattern.pattern))
            elif not pattern.name:
                unnamed.append(prefix + str(pattern.pattern))

    walk(get_resolver().url_patterns)
    assert unnamed == []
