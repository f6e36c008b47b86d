"""The page /kit/ that shows every component once in every state, and the switch between light and dark."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from django import forms
from django.conf import settings
from django.http import HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyFormField
from gongyi.kit.scale import DayScale
from gongyi.kit.signals import KINDS, tile
from gongyi.kit.views import Field, FlowEntry, Page, Stat, StepNode

KIND_NAMES = {
    "diffraction": _("电子衍射"), "terrain": _("扫描成像"), "sticks": _("质谱"), "powder": _("粉末衍射"),
    "waves": _("光谱"), "chromatogram": _("色谱"), "decay": _("波谱"), "voltammogram": _("电化学"), "cells": _("显微"),
    "thermal": _("热分析"), "lanes": _("测序与电泳"), "steps": _("工艺过程"), "stress": _("力学"), "contour": _("等值线"),
    "fringes": _("干涉"), "spectrum": _("声学"), "particles": _("粒度"), "echo": _("探伤与地震"), "phasor": _("电子测量"),
    "scatter": _("流式与核"), "ruler": _("长度计量"), "orbit": _("天文"), "heartbeat": _("心电"), "wafer": _("晶圆"),
}  # fmt: skip
YEAR = 365 * 24 * 3600


class Tone(StatusChoices):
    """One status of each tone, as an example object would declare them."""

    DRAFT = "draft", _("草稿"), "idle"
    OFFLINE = "offline", _("离线"), "idle ring"
    SCRAPPED = "scrapped", _("报废"), "idle sq"
    PENDING = "pending", _("待审核"), "wait"
    RUNNING = "running", _("使用中"), "act_"
    PASSED = "passed", _("已通过"), "ok"
    CLOSED = "closed", _("已完成"), "done"
    RETURNED = "returned", _("退回修改"), "back"
    FAILED = "failed", _("不通过"), "bad"


TONES = (
    (_("灰 未启动或已终止"), "idle", (("离线", "ring"), "已取消", "待提交", "草稿", "未支付")),
    (_("琥珀 等人处理"), "wait", ("维护中", "待审核", "待受理", "待审核", "冻结")),
    (_("蓝 正在进行"), "act_", ("使用中", "进行中", "检测中", "审核中", "结算中")),
    (_("绿 可用或通过"), "ok", ("在线", "已通过", "已受理", "已通过", "已到账")),
    (_("青 圆满结束"), "done", ("", "已完成", "已评价", "已公开", "已结算")),
    (_("紫 退回给您"), "back", ("", "待补充", "待补样", "退回修改", "待重开票")),
    (_("红 失败或违规"), "bad", ("故障", "失约", "有异议", "不通过", "余额不足")),
)
COLOURS = (
    "ink", "link", "self", "entrust", "text", "text-2", "bg", "surface", "sunken", "hover", "line", "ink-tint",
    "wait-dot", "act-dot", "ok-dot", "done-dot", "back-dot", "bad-dot",
)  # fmt: skip
SIZES = (
    (26, 600, _("首页标题 Aa 128")),
    (20, 600, _("页面标题 T-2000")),
    (16, 600, _("区块标题 16 / 24")),
    (14, 400, _("正文 2026-11-24 周二 14:00–16:00")),
    (13, 400, _("次要信息 DEMO-EM-0032")),
    (12, 400, _("标签、表头 ¥1,234.50")),
)


class ExampleForm(forms.Form):
    """One field of every sort."""

    name = forms.CharField(
        label=_("仪器名称"), max_length=100, help_text=_("用通用名称，不含品牌。查找时按此名称匹配。")
    )
    code = forms.CharField(label=_("仪器编号"), max_length=20)
    kind = forms.ChoiceField(
        label=_("类别"), choices=[("", _("请选择")), ("em", _("电子显微镜")), ("xr", _("X 射线仪器"))]
    )
    bought_on = forms.DateField(label=_("购置日期"), required=False)
    arrives_at = forms.DateTimeField(label=_("到货时间"), required=False)
    value = MoneyFormField(label=_("原值"), required=False)
    price = MoneyFormField(label=_("校内价"), suffix=_("每小时"))
    modes = forms.MultipleChoiceField(
        label=_("开放方式"),
        choices=[("self", _("按时预约")), ("entrust", _("委托预约"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    review = forms.ChoiceField(
        label=_("审核方式"), choices=[("all", _("每次审核")), ("none", _("无需审核"))], widget=forms.RadioSelect
    )
    photo = forms.FileField(
        label=_("图片"), required=False, help_text=_("JPG、PNG，单个 20 MB 以内。未上传图片时显示类别图样。")
    )
    note = forms.CharField(label=_("说明"), widget=forms.Textarea, required=False)
    agreed = forms.BooleanField(label=_("已核对以上信息"))


class PartsPage(Page):
    template_name = "kit/parts.html"
    title = _("组件与状态")
    fact = _("每个组件的每种状态各一次")
    layout = "public"
    sign_in_required = False

    def get_context_data(self, **kwargs):
        today = timezone.localdate()

        def at(hour: float) -> datetime:
            return timezone.make_aware(datetime.combine(today, time()) + timedelta(hours=hour))

        nodes = [
            StepNode(_("待提交"), "done", at(9.2)),
            StepNode(_("待受理"), "done", at(10.7)),
            StepNode(_("待收样"), "done", at(11)),
            StepNode(_("检测中"), "current", at(13.5)),
            StepNode(_("待验收"), note=_("预计明天")),
            StepNode(_("已评价")),
        ]
        filled = {"code": "DEMO-EM-0050", "kind": "em", "value": "1450000", "price": "12.345", "review": "all"}
        return super().get_context_data(
            **{
                "tones": [
                    (label, tone, [w if isinstance(w, tuple) else (w, "") for w in words])
                    for label, tone, words in TONES
                ],
                "heads": (_("色调"), _("仪器"), _("预约"), _("委托与订单"), _("审核"), _("资金")),
                "toasts": (
                    ("info", _("已复制链接。")),
                    ("success", _("已通过 3 条。")),
                    ("warning", _("1 条没有通过：已过开始时间。")),
                    ("error", _("网络连接中断，已填内容都保留着。")),
                ),
                "members": list(Tone),
                "colours": COLOURS,
                "sizes": SIZES,
                "scale": DayScale(today, [(at(8), at(20))], [(at(9), at(10.5)), (at(15), at(19))], now=at(14.33)),
                "full_scale": DayScale(today, [(at(8), at(22))], now=at(14.33)),
                "nodes": nodes,
                "current_node": nodes[3],
                "next_node": nodes[4],
                "flow": [
                    FlowEntry(_("收样"), _("张海峰 · 力学室"), at(11), _("36 件，外观完好 34 件"), "ok"),
                    FlowEntry(_("退回补充"), _("张海峰 · 力学室"), at(9.9), _("请注明冲击试验温度"), "back"),
                    FlowEntry(_("提交"), _("顾文清"), at(9.2), "", "ok"),
                ],
                "fields": [
                    Field(_("委托单位"), _("澄湖紧固件有限公司")),
                    Field(_("承检单位"), _("望江检验研究院")),
                    Field(_("检测标准"), "GB/T 3098.1-2010"),
                    Field(_("完成日期"), ""),
                    Field(
                        _("说明"), _("低温冲击按 −40 ℃ 执行，每批取 3 件平均值；余样检测后 30 日内退回。"), wide=True
                    ),
                ],
                "stats": [
                    Stat(_("待审核预约"), 12, _("最早等待 1 小时 46 分"), "#stats", "wait"),
                    Stat(_("超时未签退"), 1, _("已超 18 分钟"), "#stats", "bad"),
                    Stat(_("待确认机时"), 7, _("涉及 ¥4,260.00"), "#stats", "idle"),
                    Stat(_("本月机时"), _("186.5 小时"), _("利用率 76.4%"), "", "ok"),
                ],
                "tabs": [
                    {"label": _("预约日历"), "url": "#tabs", "current": True},
                    {"label": _("技术指标"), "url": "#tabs"},
                    {"label": _("评价"), "url": "#tabs", "count": 12},
                ],
                "tiles": [(KIND_NAMES[kind], tile(kind, 7)) for kind in KINDS],
                "form": ExampleForm(filled, auto_id="example_%s"),
                "amounts": [Decimal("1234.5"), Decimal("-60"), None],
                "person": _("林知远"),
                "big": Decimal("638000000"),
                "now": at(14),
                "other_year": at(14) - timedelta(days=400),
                "until": at(16),
                **kwargs,
            }
        )


@require_POST
def choose_theme(request):
    """Store light or dark in a cookie; without a value in the form the shown one is swapped. Goes back to `next`."""
    theme = request.POST.get("theme")
    if theme not in {"light", "dark"}:
        theme = "light" if request.COOKIES.get("theme") == "dark" else "dark"
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response
