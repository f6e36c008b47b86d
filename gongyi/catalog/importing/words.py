"""The words and the national platform's numbers for what is chosen from a list, and what else people write for the same."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from gongyi.accounts.subjects import subject_choices
from gongyi.catalog.models import (
    AcquisitionSource,
    CarrierType,
    FundingSource,
    Generality,
    ReportedStatus,
    ResourceType,
    RunningStatus,
    SharingMode,
)
from gongyi.kit.spreadsheets.columns import header_key


@dataclass(frozen=True)
class Enum:
    """A list of choices, each with the number the national platform knows it by, where it has one."""

    choices: Any
    codes: dict[str, int] = field(default_factory=dict)
    also: dict[str, str] = field(default_factory=dict)

    @property
    def coded(self) -> list[tuple[int, str]]:
        return [(code, str(self.choices(value).label)) for value, code in self.codes.items()]

    @cached_property
    def _known(self) -> dict[str, str]:
        known = {header_key(label): value for value, label in self.choices.choices}
        known |= {value: value for value in self.choices.values}
        known |= {header_key(word): value for word, value in self.also.items()}
        return known | {str(code): value for value, code in self.codes.items()}

    def find(self, text: str) -> str | None:
        """The value meant by a word, a value or a number (`1`, `1.正常`, `1 正常`)."""
        known, key = self._known, header_key(text)
        if key in known:
            return known[key]
        number, _dot, word = key.partition(".")
        digits = number if number.isdigit() else key[: len(key) - len(key.lstrip("0123456789"))]
        rest = word or key[len(digits) :]
        return known[rest] if digits and rest in known and known.get(digits) == known[rest] else None


ENUMS = {
    "resource_type": Enum(ResourceType, also={"大型科研仪器": "instrument", "大科学装置": "facility"}),
    "carrier_type": Enum(
        CarrierType,
        {"center": 1, "facility": 2, "none": 4, "key_lab": 6, "eng_center": 7, "bio_resource": 8},
        {"无": "none", "科学仪器中心": "center", "重大科研基础设施": "facility", "国家重点实验室": "key_lab"},
    ),
    "acquisition_source": Enum(
        AcquisitionSource, {"purchase": 1, "self_developed": 2, "donation": 3, "other": 4},
        {"购买": "purchase", "采购": "purchase", "自制": "self_developed", "自研": "self_developed", "捐赠": "donation"},
    ),
    "generality": Enum(Generality, {"special": 1, "general": 2}, {"专用仪器": "special", "通用仪器": "general"}),
    "reported_status": Enum(
        ReportedStatus,
        {
            "normal": 1, "standby": 2, "remote_service": 3, "occasional_fault": 4, "frequent_fault": 5, "awaiting_repair": 6,
            "awaiting_scrap": 7,
        },
    ),
    "sharing_mode": Enum(SharingMode, {"internal": 1, "external": 2, "none": 3}, {"内部": "internal", "外部": "external"}),
}  # fmt: skip
LISTS = {
    "funding_sources": Enum(
        FundingSource, {"central": 1, "local": 2, "own": 3, "other": 4},
        {"中央财政": "central", "地方财政": "local", "自有资金": "own", "自筹": "own", "其他": "other"},
    ),
}  # fmt: skip
RUNNING = {
    "在线": RunningStatus.ONLINE, "正常": RunningStatus.ONLINE, "在用": RunningStatus.ONLINE, "active": RunningStatus.ONLINE,
    "使用中": RunningStatus.ONLINE, "online": RunningStatus.ONLINE, "离线": RunningStatus.OFFLINE, "停用": RunningStatus.OFFLINE,
    "闲置": RunningStatus.OFFLINE, "inactive": RunningStatus.OFFLINE, "offline": RunningStatus.OFFLINE,
    "故障": RunningStatus.FAULTY, "待修": RunningStatus.FAULTY, "faulty": RunningStatus.FAULTY, "broken": RunningStatus.FAULTY,
    "报废": RunningStatus.SCRAPPED, "已报废": RunningStatus.SCRAPPED, "scrapped": RunningStatus.SCRAPPED, "retired": RunningStatus.SCRAPPED,
}  # fmt: skip
YES = {"是", "有", "y", "yes", "true", "1", "√", "✓"}
NO = {"否", "无", "没有", "n", "no", "false", "0", "×"}


def words_of(name: str) -> list[str]:
    """The words a drop-down offers."""
    return [str(label) for _value, label in (ENUMS | LISTS)[name].choices.choices]


@lru_cache
def _subjects() -> dict[str, str]:
    names = {label.partition(" ")[2]: code for code, label in subject_choices()}
    return names | {code: code for code, _label in subject_choices()}


def find_subject(text: str) -> str | None:
    """The code of a discipline written as `430`, `430 材料科学` or `材料科学`."""
    return _subjects().get(text.split(" ")[0]) or _subjects().get(text)
