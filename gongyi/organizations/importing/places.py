"""Finds what people write for a region or a department: a code, a whole path, or a name that means only one."""

from collections import defaultdict
from difflib import get_close_matches

from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets.columns import plain
from gongyi.organizations.models import Department, Organization
from gongyi.organizations.queries import department_tree
from gongyi.regions.models import Region

SHOWN = 4
SEPARATORS = ("／", "\\", ">", "＞", "→", "|")


class Unknown(Exception):
    """Nothing, or more than one, is called so; its text says what to write instead."""


class Regions:
    """All regions of the country, read once."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        self.labels: dict[str, str] = {}
        for region in Region.objects.only("code", "name", "full_path"):
            self._codes[region.code] = region.code
            self.labels[region.code] = region.label
            parts = [part for part in dict.fromkeys(region.full_path.split("/")) if part]
            for start in range(len(parts)):  # 浙江省杭州市西湖区, 杭州市西湖区, 西湖区
                self._names["".join(parts[start:])].append(region.code)
            if region.label not in self._names:
                self._names[region.label].append(region.code)

    def fault(self, text: object) -> str | None:
        """A sentence about a text that means no one region."""
        try:
            self.find(str(text))
        except Unknown as unknown:
            return str(unknown)
        return None

    def find(self, text: str) -> str:
        """The code of the region meant; raises Unknown."""
        word = plain(text).replace(" ", "").replace("/", "").replace("-", "")
        if word in self._codes:
            return word
        found = self._names.get(word, [])
        if len(found) == 1:
            return found[0]
        if found:
            words = "、".join(self.labels[code] for code in found[:SHOWN])
            more = _(" 等 %s 处") % len(found) if len(found) > SHOWN else ""
            raise Unknown(
                _("有几处叫「%(name)s」，请写全：%(words)s%(more)s。") % {"name": text, "words": words, "more": more}
            )
        if word.isdecimal():
            raise Unknown(_("没有代码为 %s 的地区，请填六位行政区划代码或省市区全称。") % word)
        raise Unknown(_("没有「%s」这个地区，请写全称，如 浙江省杭州市西湖区。") % text)


class Departments:
    """The departments and laboratories of one unit by their path, read once."""

    def __init__(self, organization: Organization) -> None:
        self.paths: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self._alone: defaultdict[str, list[str]] = defaultdict(list)
        above: list[str] = []
        for branch in department_tree(organization):
            department: Department = branch.department
            above[branch.depth :] = [department.name]
            path = "/".join(above)
            self.paths[path] = department.pk
            self.names[department.pk] = path
            self._alone[_key(department.name)].append(path)
        self._keys = {_key(path): path for path in self.paths}

    def fault(self, text: object) -> str | None:
        """A sentence about a text that means no one department."""
        try:
            self.find(str(text))
        except Unknown as unknown:
            return str(unknown)
        return None

    def find(self, text: str) -> int:
        """The key of the department or laboratory meant; raises Unknown with a remedy."""
        key = _key(text)
        if key in self._keys:
            return self.paths[self._keys[key]]
        alone = self._alone.get(key, [])
        if len(alone) == 1:
            return self.paths[alone[0]]
        if alone:
            raise Unknown(
                _("有几处叫「%(name)s」，请写全路径：%(paths)s。") % {"name": text, "paths": "、".join(alone[:SHOWN])}
            )
        near = get_close_matches(text, list(self.paths), n=2, cutoff=0.5)
        hint = _("是不是 %s？") % "、".join(near) if near else ""
        raise Unknown(
            _("本单位没有「%(name)s」。%(hint)s请先在「院系与实验室」里新增，或从模板的下拉列表选择。")
            % {"name": text, "hint": hint}
        )


def _key(text: str) -> str:
    word = plain(text)
    for separator in SEPARATORS:
        word = word.replace(separator, "/")
    return "/".join(part.replace(" ", "").lower() for part in word.split("/") if part.strip())
