"""A unit in a district, the authorities above it, and everybody who could want to decide."""

from types import SimpleNamespace

import pytest

from gongyi.regions.models import Region
from tests.factories.accounts import person, platform_admin
from tests.factories.organizations import member, organization, reviewer, unit_admin
from tests.factories.reviews import CITY, DISTRICT, PROVINCE, remit


@pytest.fixture
def cast(db):
    unit = organization("望江大学", region=Region.objects.get(pk=DISTRICT))
    city = organization("市科技局", kind="authority")
    province = organization("省科技厅", kind="authority")
    elsewhere = organization("别市科技局", kind="authority")
    remit(city, CITY), remit(province, PROVINCE), remit(elsewhere, "320100")
    return SimpleNamespace(
        unit=unit, city=city, province=province, elsewhere=elsewhere,
        submitter=unit_admin(unit), colleague=unit_admin(unit, "另一管理员"), member=member(unit, "成员"),
        city_judge=reviewer(city, "市审核员"), city_judge2=reviewer(city, "市审核员二"),
        province_judge=reviewer(province, "省审核员"), stranger=reviewer(elsewhere, "外市审核员"),
        outsider=person("路人"), admin=platform_admin(),
    )  # fmt: skip


@pytest.fixture
def sit(client):
    """Sit down as somebody."""

    def make(user):
        client.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
        return client

    return make
