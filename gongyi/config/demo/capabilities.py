"""Capabilities of the demo's institutions: real standards, sample prices, some hanging on certificates that have ended."""

import csv
from decimal import Decimal
from pathlib import Path

from django.utils import timezone

from gongyi.accounts.models import User
from gongyi.offerings.lines import read
from gongyi.offerings.models import Capability
from gongyi.offerings.services.lists import add_lines
from gongyi.offerings.workflow import CapabilityFlow
from gongyi.organizations.models import Certificate, Organization

DATA = Path(__file__).parent / "data"
MARK = "示例"
SUSPENDED, OF = 3, "建筑与工业涂料"  # lines, and the subject they are of: not the tests everybody looks for first


def offer(units: dict[str, Organization], admin: User) -> None:
    """Fill the libraries of three institutions from the two lists; every remark says that it is a sample."""
    numbers = {c.number: c for c in Certificate.objects.select_related("organization")}
    rows = [*_rows("capabilities_tests.csv"), *_rows("capabilities_metrology.csv")]
    today = timezone.localdate()
    for code in ("CHJ", "QHC", "NPJ"):
        lines = []
        for row in rows:
            if row["unit"] != code:
                continue
            certificate = numbers[row["certificate"]]
            said = {
                name: value for name, value in row.items() if name not in ("unit", "certificate", "price", "lead_days")
            }
            said |= {
                "price": Decimal(row["price"]) if row["price"] else None,
                "lead_days": int(row["lead_days"]) or None,
            }
            said["remark"] = said["remark"] or MARK
            line = read(said, certificate=certificate, today=today)
            assert not line.problems, (row, line.problems)
            lines.append((certificate, line.fields))
        add_lines(organization=units[code], lines=lines, actor=admin)
    for capability in Capability.objects.filter(organization=units["CHJ"], subject=OF).order_by("-pk")[:SUSPENDED]:
        CapabilityFlow.fire(capability, "suspend", actor=admin, reason="设备送检，预计两周后恢复")


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
