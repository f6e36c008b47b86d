"""Photos of a unit's instruments in one ZIP, each named by the instrument's number in the unit (S1-43).

The mechanism of imports carries them: every file is judged first, then attached, and all can be taken back.
"""

import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.forms.files import MAX_PHOTOS, PHOTO_BYTES
from gongyi.catalog.importing.archive import MAX_FILES, Archive, entries
from gongyi.catalog.importing.cleaning import same
from gongyi.catalog.importing.instruments import LOCKED
from gongyi.catalog.models import Instrument, InstrumentPhoto
from gongyi.catalog.services.files import add_photo, remove_photo
from gongyi.files.acceptance import check, safe_name
from gongyi.imports.registry import Imported, Importer, Plan, Planned, Scope, Verdict
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import Column, Grid, Row
from gongyi.kit.templatetags.gongyi import filesize_zh
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import may_manage
from gongyi.organizations.services.units import lock, still_here

# What follows the number in a file's name: SB-001_2, SB-001-2, SB-001 (2), SB-001（2）
_COUNTER = re.compile(r"(?:[ _-]+\d{1,3}|\s*[(（]\d{1,3}[)）])$")
MAX_ARCHIVE = 300 * 1024 * 1024


class PhotoImporter(Importer):
    """A file belongs to the instrument whose number its name, or the folder it lies in, is; others are refused one by one."""

    name = "catalog.photos"
    label = gettext_lazy("仪器照片")
    measure = gettext_lazy("张")
    row = gettext_lazy("张")
    max_rows = MAX_FILES
    max_bytes = MAX_ARCHIVE
    is_table = False
    suffixes = (".zip",)
    formats = gettext_lazy("一个 .zip 压缩包")
    streams = True

    def may_use(self, user: Any, context_id: int | None) -> bool:
        unit = Organization.objects.filter(pk=context_id).first() if context_id else None
        return unit is not None and user.is_active and may_manage(user, unit)

    def context_label(self, context_id: int | None) -> str:
        return str(Organization.objects.get(pk=context_id or 0))

    def home_url(self, context_id: int | None) -> str:
        return f"{reverse('catalog:list')}?organization={context_id}"

    def upload_url(self, context_id: int | None) -> str:
        return reverse("catalog:import_photos", args=[context_id])

    def columns(self, context_id: int | None) -> Sequence[Column]:
        return (
            Column("path", _("文件"), required=True),
            Column("place", _("位置"), kind="integer"),
            Column("size", _("大小")),
            Column("fault", _("读取")),
        )

    def how(self, context_id: int | None) -> Sequence[tuple[str, str]]:
        words = {"limit": filesize_zh(PHOTO_BYTES), "count": MAX_PHOTOS}
        return (
            (_("命名"), _("用所在单位仪器编号命名，如 SB-001.jpg；几张就写 SB-001_2.jpg，或放进名为编号的文件夹。")),
            (
                _("压缩"),
                _("JPG、PNG、GIF 或 WebP，每张不超过 %(limit)s，每台最多 %(count)s 张，打成一个 .zip。") % words,
            ),
            (_("上传"), _("先逐个核对属于哪台仪器，看过结果、确认之后才导入。")),
        )

    def notes(self, context_id: int | None) -> Sequence[str]:
        return (_("照片应是真实的实物照片，画面里不要有人；导入后可在仪器页调整顺序和说明。"),)

    def open(self, file: Any, context_id: int | None, mapping: Mapping[str, str]) -> Grid:
        found = entries(io.BytesIO(file) if isinstance(file, bytes) else file, max_bytes=PHOTO_BYTES)
        columns = self.columns(context_id)
        body = [(at, [e.path[:200], e.place, str(filesize_zh(e.size)), e.fault]) for at, e in enumerate(found, start=1)]
        places = {column.name: place for place, column in enumerate(columns)}
        return Grid(0, [column.header for column in columns], places, body)

    def lock(self, scope: Scope) -> None:
        still_here(lock(Organization(pk=scope.context_id)))

    def prepare(self, rows: Iterable[Row], scope: Scope) -> Iterator[Plan]:
        known = _Known(scope.context_id)
        with scope.file.content.open("rb") as file:
            archive = Archive(file, max_bytes=PHOTO_BYTES)
            for row in rows:
                yield self._plan(row, archive, known)

    def _plan(self, row: Row, archive: Archive, known: "_Known") -> Plan:
        path = row["path"]
        if row["fault"]:
            return Plan.wrong(path, ("path", row["fault"]))
        instrument = known.meant_by(path)
        if instrument is None:
            sentence = _("本单位没有编号为「%s」的仪器。请用所在单位仪器编号命名。")
            return Plan.wrong(path, ("path", sentence % PurePosixPath(path).stem[:40]))
        label = f"{path} → {instrument.name}"
        if instrument.status in LOCKED:
            return Plan.wrong(label, ("path", str(LOCKED[Instrument.Status(instrument.status)])))
        content, fault = archive.read(row["place"])
        try:
            name = fault or safe_name(path)
            if not fault:
                check(SimpleUploadedFile(name, content), name=name, max_bytes=PHOTO_BYTES, kinds=("image",))
        except Refused as refusal:
            fault = str(refusal)
        if fault:
            return Plan.wrong(label, ("path", fault))
        verdict, sentence = known.take(instrument, hashlib.sha256(content).hexdigest(), PurePosixPath(name).stem)
        if sentence:
            return Plan(verdict, label, problems=[("path", sentence)])
        if verdict == Verdict.SAME:
            return Plan(verdict, label)
        return Plan(Verdict.NEW, label, data={"instrument": instrument.pk, "place": row["place"], "name": name})

    def apply(self, rows: Sequence[Planned], scope: Scope) -> Sequence[Mapping]:
        instruments = Instrument.objects.in_bulk({row.data["instrument"] for row in rows})
        effects = []
        with scope.file.content.open("rb") as file:
            archive = Archive(file, max_bytes=PHOTO_BYTES)
            for row in rows:
                content, fault = archive.read(row.data["place"])
                if fault:
                    raise Refused(fault, code="unreadable")
                upload = SimpleUploadedFile(row.data["name"], content)
                instrument = instruments[row.data["instrument"]]
                photo = add_photo(instrument=instrument, upload=upload, caption="", actor=scope.actor)
                effects.append({"photo": photo.pk, "caption": photo.caption})
        return effects

    def obstacles(self, rows: Sequence[Imported], scope: Scope) -> Mapping[int, str]:
        photos = InstrumentPhoto.objects.select_related("instrument").in_bulk([row.effect["photo"] for row in rows])
        found = {}
        for row in rows:
            photo = photos.get(row.effect["photo"])
            if photo is None:
                found[row.number] = _("已不存在")
            elif photo.caption != row.effect["caption"]:
                found[row.number] = _("说明已修改")
            elif photo.instrument.status in LOCKED:
                found[row.number] = str(LOCKED[Instrument.Status(photo.instrument.status)])
        return found

    def undo(self, rows: Sequence[Imported], scope: Scope) -> None:
        photos = InstrumentPhoto.objects.select_related("instrument", "file")
        for photo in photos.filter(pk__in=[row.effect["photo"] for row in rows]):
            remove_photo(photo=photo, actor=scope.actor)


class _Known:
    """The unit's instruments by their numbers, and the photos they have."""

    def __init__(self, unit: int | None) -> None:
        self._numbers: dict[str, Instrument] = {}
        rows = Instrument.objects.filter(organization=unit).only("number", "internal_no", "name", "status")
        for instrument in rows.order_by("pk"):
            self._numbers.setdefault(same(instrument.number), instrument)
            if instrument.internal_no:
                self._numbers[same(instrument.internal_no)] = instrument
        self._counts: Counter[int] = Counter()
        self._contents: defaultdict[int, set[str]] = defaultdict(set)
        self._captions: defaultdict[int, set[str]] = defaultdict(set)
        self._new: defaultdict[int, dict[str, str]] = defaultdict(dict)
        photos = InstrumentPhoto.objects.filter(instrument__organization=unit)
        for pk, digest, caption in photos.values_list("instrument", "file__sha256", "caption"):
            self._counts[pk] += 1
            self._contents[pk].add(digest)
            self._captions[pk].add(caption)

    def meant_by(self, path: str) -> Instrument | None:
        """By the whole name, by the name without its counter, else by the folders it lies in, the nearest first."""
        *folders, name = PurePosixPath(path.replace("\\", "/")).parts
        stem = PurePosixPath(name).stem
        words = [stem, _COUNTER.sub("", stem), *reversed(folders)]
        return next((found for word in words if (found := self._numbers.get(same(word)))), None)

    def take(self, instrument: Instrument, digest: str, stem: str) -> tuple[Verdict, str]:
        pk = instrument.pk
        if digest in self._contents[pk]:
            return Verdict.SAME, ""
        if digest in self._new[pk]:
            return Verdict.DUPLICATE, _("与「%s」是同一张照片。") % self._new[pk][digest]
        if stem in self._captions[pk]:
            return Verdict.DUPLICATE, _("这台仪器已有名为「%s」的照片。要替换，请先在仪器页删除那一张。") % stem
        if self._counts[pk] >= MAX_PHOTOS:
            return Verdict.WRONG, _("每台仪器最多 %s 张照片，请先删除一些。") % MAX_PHOTOS
        self._counts[pk] += 1
        self._new[pk][digest] = stem
        return Verdict.NEW, ""
