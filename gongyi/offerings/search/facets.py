"""Conditions of the capability search as integers, like those of instruments: `kind × 10,000,000 + value`.

| kind | value | example |
|---|---|---|
| 1 nature | number in NATURES: 1 检测 … 5 评价 | 10000001 |
| 2 region | code of the institution's region and of each above it | 20330106 |
| 3 institution | primary key | 30000007 |
| 4 certificate | 1 CMA, 2 CNAS, 3 other | 40000002 |
| 5 domain | a digest of the words; which words those are is read from the rows | 51234567 |
| 6 price | 1 with a reference price | 60000001 |
"""

import hashlib
from enum import IntEnum

from gongyi.catalog.search.facets import STEP, region_codes
from gongyi.offerings.models import Capability
from gongyi.organizations.models import Certificate

__all__ = ["BY_NATURE", "CERTIFICATES", "NATURES", "PRICED", "STEP", "Kind", "domain_code", "encode", "region_codes"]


class Kind(IntEnum):
    NATURE = 1
    REGION = 2
    ORGANIZATION = 3
    CERTIFICATE = 4
    DOMAIN = 5
    PRICE = 6


NATURES = {nature.value: number for number, nature in enumerate(Capability.Nature, 1)}
BY_NATURE = {number: value for value, number in NATURES.items()}
CERTIFICATES = {nature.value: number for number, nature in enumerate(Certificate.Nature, 1)}
PRICED = 1


def encode(kind: Kind, value: int | str) -> int:
    return kind * STEP + int(value)


def domain_code(domain: str) -> int:
    """The same words always give the same number; two domains may share one, so the words are compared as well."""
    return int.from_bytes(hashlib.blake2b(domain.encode(), digest_size=4).digest()) % STEP
