"""The facts of a unit in groups, as its own page lists them."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from gongyi.kit.views import Field, FieldGroup
from gongyi.kit.when import format_when
from gongyi.organizations.models import BusinessType, Organization, UnitProfile


def unit_groups(unit: Organization, profile: UnitProfile | None, *, private: bool) -> list[FieldGroup]:
    """Basic data and contact first; of the long form only the parts that were filled in. `private` adds bank data."""
    groups = [
        FieldGroup(
            _("基本信息"),
            [
                Field(_("单位名称"), unit.name, wide=True),
                Field(_("简称"), unit.short_name),
                Field(_("编号前缀"), unit.code),
                Field(_("单位性质"), unit.get_kind_display()),
                Field(_("信用代码"), unit.uscc or ""),
                Field(_("所在地区"), str(unit.region or "")),
                Field(_("加入时间"), format_when(unit.joined_at, full=True)),
                *([Field(_("上级法人单位"), unit.parent.name, wide=True)] if unit.parent else []),
            ],
        ),
        FieldGroup(
            _("联系资料"),
            [
                Field(_("地址"), unit.address, wide=True),
                Field(_("联系电话"), unit.phone),
                Field(_("邮箱"), unit.email),
                Field(_("网址"), unit.website),
                Field(_("简介"), unit.introduction, wide=True),
            ],
        ),
    ]
    if profile is not None:
        groups += [group for group in _profile_groups(unit, profile, private) if any(f.value for f in group.fields)]
    return groups


def _profile_groups(unit: Organization, profile: UnitProfile, private: bool) -> list[FieldGroup]:
    types = "、".join(str(BusinessType(value).label) for value in profile.business_types)
    cover = (
        format_html('<a href="{}">{}</a>', unit.cover.get_absolute_url(), unit.cover.name)
        if unit.cover is not None
        else ""
    )
    institution = [
        Field(_("英文名称"), profile.name_en, wide=True),
        Field(_("机构代码"), profile.org_code),
        Field(_("机构体制"), profile.get_system_display()),
        Field(_("机构区域等级"), profile.get_area_level_display()),
        Field(_("法定代表人"), profile.legal_representative),
        Field(_("业务类型"), types, wide=True),
        Field(_("业务范围"), profile.business_scope, wide=True),
        Field(_("仪器管理部门"), profile.instrument_department),
        Field(_("传真"), profile.fax),
        Field(_("邮编"), profile.postcode),
        Field(_("封面图片"), cover),
        Field(_("备注说明"), profile.remark, wide=True),
    ]
    amounts = [
        Field(_("企业人数"), "" if profile.employee_count is None else f"{profile.employee_count:,}"),
        Field(
            _("上年营业收入（万元）"),
            "" if profile.last_year_revenue_wan is None else f"{profile.last_year_revenue_wan:,}",
        ),
        Field(_("资产总额（万元）"), "" if profile.total_assets_wan is None else f"{profile.total_assets_wan:,}"),
        Field(_("企业规模"), profile.get_enterprise_size_display()),
        Field(_("高新技术企业"), _("是") if profile.high_tech else ""),
        Field(_("科技型中小企业入库编号"), profile.tech_sme_no),
        Field(_("申请创新券"), _("是") if profile.wants_voucher else ""),
        Field(_("加入平台理由、拟开展的工作"), profile.join_reason, wide=True),
        Field(
            _("承诺书"),
            profile.commitment_version
            and f"{profile.commitment_version} · {format_when(profile.commitment_at, full=True)}",
        ),
    ]
    bank = [
        Field(_("开户名称"), profile.bank_account_name),
        Field(_("开户银行"), profile.bank_name),
        Field(_("银行账号"), profile.bank_account_no),
        Field(_("税号"), profile.tax_no),
    ]
    groups = [FieldGroup(_("机构信息"), [field for field in institution if field.value])]
    groups.append(FieldGroup(_("经营与承诺"), [field for field in amounts if field.value]))
    return [*groups, FieldGroup(_("开票与收款"), bank, note=_("只有单位管理员和平台看到"))] if private else groups
