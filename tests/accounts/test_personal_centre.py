"""个人中心: one's own data, reporting information, sign-ins."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts import codes, devices, queries
from gongyi.accounts.models import LoginRecord, ReportProfile, User, VerificationCode
from gongyi.accounts.subjects import subject_choices, subject_names
from gongyi.notifications.models import Notification, TextMessage
from tests.accounts.conftest import prove
from tests.factories.accounts import person, report_profile
from tests.factories.organizations import member, organization

REPORT = {
    "project_name": "高熵合金低温力学行为研究",
    "project_funding": "2",
    "project_no": "52371001",
    "subject_codes": ["430", "", "140", ""],
    "service_purpose": "135",
    "service_target": "120",
    "applicant_unit": "望江大学",
    "project_content": "",
}


@pytest.fixture
def me(client, lin):
    client.force_login(lin)
    return lin


def record(user, **fields):
    fields = {"identifier": user.username, "ip": "10.1.1.1", "succeeded": True} | fields
    minutes = fields.pop("minutes_ago", 0)
    row = LoginRecord.objects.create(user=user, **fields)
    LoginRecord.objects.filter(pk=row.pk).update(at=timezone.now() - timedelta(minutes=minutes))
    return row


@pytest.mark.parametrize("path", ["", "edit/", "confirm/", "report/", "logins/", "password/", "tokens/", "tokens/new/"])
def test_a_visitor_is_asked_to_sign_in(client, db, path):
    assert client.get(f"/accounts/{path}").url == f"/accounts/sign-in/?next=/accounts/{path}"


@pytest.mark.parametrize("path", ["", "edit/", "confirm/", "report/", "logins/", "password/", "tokens/", "tokens/new/"])
def test_everybody_has_these_screens(client, me, path):
    assert client.get(f"/accounts/{path}").status_code == 200


def test_s0_51_the_latest_sign_ins_are_shown_newest_first(me):
    for minutes in (9, 1, 5):
        record(me, minutes_ago=minutes, ip=f"10.1.1.{minutes}")
    record(person("别人"))

    assert [row.ip for row in queries.recent_logins(me)] == ["10.1.1.1", "10.1.1.5", "10.1.1.9"]


def test_s0_52_one_edits_ones_own_data(client, me):
    data = {
        "name": "林知行",
        "title": "博士生",
        "email": "New@Example.cn",
        "phone": "13900001111",
        "office_phone": "0571-87951234",
    }
    prove(client, "new@example.cn")
    prove(client, "13900001111")

    assert client.post("/accounts/edit/", data).status_code == 302
    me.refresh_from_db()
    assert (me.name, me.name_key, me.email, me.phone) == ("林知行", "lin zhi xing", "new@example.cn", "13900001111")
    assert me.profile_confirmed_at is not None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("phone", "23812346021", "手机号应为 11 位数字"),
        ("office_phone", "87951234", "区号加号码"),
        ("email", "other@example.cn", "这个邮箱已被其他账号使用"),
        ("phone", "13700000000", "这个手机号已被其他账号使用"),
    ],
)
def test_wrong_data_is_refused_with_the_remedy_and_kept(client, me, field, value, sentence):
    person("别人", email="other@example.cn", phone="13700000000")
    prove(client, value)
    data = {"name": "林知远", "email": "lin@example.cn", "phone": "13812346021"} | {field: value}
    answer = client.post("/accounts/edit/", data)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert value in answer.content.decode()


@pytest.mark.parametrize(("field", "value"), [("email", "new@example.cn"), ("phone", "13900001111")])
def test_a_new_address_is_kept_only_with_the_code_sent_to_it(client, me, field, value):
    data = {"name": "林知远", "email": "lin@example.cn", "phone": "13812346021"} | {field: value}
    codes.send_code(value, codes.CHANGE)
    right = codes.code_of(VerificationCode.objects.get())
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    without = client.post("/accounts/edit/", data)
    mistaken = client.post("/accounts/edit/", data | {f"{field}_code": wrong})

    assert "请点「获取验证码」" in without.content.decode()
    assert "还可以再试 4 次" in mistaken.content.decode()
    assert getattr(User.objects.get(pk=me.pk), field) == data_before(field)
    assert client.post("/accounts/edit/", data | {f"{field}_code": right}).status_code == 302
    assert getattr(User.objects.get(pk=me.pk), field) == value


def test_the_old_address_is_warned_of_the_new_one(client, me):
    prove(client, "new@example.cn")
    prove(client, "13900001111")
    data = {"name": "林知远", "email": "new@example.cn", "phone": "13900001111"}
    client.post("/accounts/edit/", data)
    client.post("/accounts/edit/", data | {"title": "博士生"})
    job = ProcrastinateJob.objects.get()
    app.tasks[job.task_name](**job.args)

    assert Notification.objects.get(user=me).title == "联系方式已修改"
    assert "改为 139****1111、ne***@example.cn" in TextMessage.objects.get(phone="13812346021").body
    assert mail.outbox[0].to == ["lin@example.cn"]


def data_before(field):
    return {"email": "lin@example.cn", "phone": "13812346021"}[field]


@pytest.mark.parametrize(("field", "value"), [("email", "other@example.cn"), ("phone", "13700000000")])
def test_whose_an_address_is_learns_only_who_reads_it(client, me, field, value):
    person("别人", email="other@example.cn", phone="13700000000")
    data = {"name": "林知远", "email": "lin@example.cn", "phone": "13812346021"} | {field: value}
    page = client.post("/accounts/edit/", data).content.decode()

    assert "请点「获取验证码」" in page
    assert "其他账号" not in page


def test_s0_9_at_the_first_sign_in_email_and_phone_are_checked(client, me):
    answer = client.post("/accounts/confirm/?next=/instruments/", {"email": "lin@example.cn", "phone": "13812346021"})

    assert answer.url == "/accounts/report/?next=%2Finstruments%2F&first=1"
    assert User.objects.get(pk=me.pk).profile_confirmed_at is not None


def test_s0_9_both_must_be_there(client, me):
    answer = client.post("/accounts/confirm/", {"email": "lin@example.cn", "phone": ""})

    assert answer.status_code == 422
    assert User.objects.get(pk=me.pk).profile_confirmed_at is None


def test_s0_9_the_check_may_be_put_off(client, me):
    page = client.get("/accounts/confirm/?next=/instruments/").content.decode()

    assert '<a class="btn btn-quiet" href="/instruments/">稍后再说</a>' in page


def test_s0_10_who_has_reporting_information_goes_straight_on(client, me):
    report_profile(me)
    answer = client.post("/accounts/confirm/?next=/instruments/", {"email": "lin@example.cn", "phone": "13812346021"})

    assert answer.url == "/instruments/"


def test_s0_10_s0_63_reporting_information_is_kept(client, me):
    assert client.post("/accounts/report/", REPORT).url == "/accounts/"
    assert ReportProfile.objects.get(user=me).subject_codes == ["430", "140"]


def test_s0_10_after_the_first_time_one_goes_where_one_wanted(client, me):
    assert client.post("/accounts/report/?next=/instruments/&first=1", REPORT).url == "/instruments/"


def test_s0_63_changing_it_keeps_one_row(client, me):
    report_profile(me, project_name="旧项目")
    client.post("/accounts/report/", REPORT)

    assert ReportProfile.objects.get(user=me).project_name == REPORT["project_name"]


def test_s0_63_the_unit_is_suggested(client, me):
    unit = organization("望江大学")
    client.force_login(member(unit, "新人"))

    assert 'value="望江大学"' in client.get("/accounts/report/").content.decode()


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [([], "必填"), (["110", "120", "130", "140", "150"], "最多选 4 个学科，现在选了 5 个"), (["999"], "999")],
)
def test_s0_63_one_to_four_disciplines(client, me, codes, sentence):
    answer = client.post("/accounts/report/", REPORT | {"subject_codes": codes})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_there_are_62_disciplines():
    assert len(subject_choices()) == 62
    assert subject_names(["430", "000"]) == ["430 材料科学", "000"]


def test_s0_53_the_login_log_shows_ones_own_and_is_searched(client, me):
    record(me, device="Chrome 126 · Windows", ip="10.1.1.1")
    record(me, device="微信 8 · Android", ip="10.1.1.2")
    record(person("别人"), ip="10.9.9.9")

    everything = client.get("/accounts/logins/").content.decode()
    found = client.get("/accounts/logins/?q=微信").content.decode()
    assert ("10.1.1.1" in everything, "10.1.1.2" in everything, "10.9.9.9" in everything) == (True, True, False)
    assert ("10.1.1.1" in found, "10.1.1.2" in found) == (False, True)


def test_s0_53_the_login_log_has_pages(client, me):
    for _number in range(25):
        record(me)

    assert "第 1–20 条，共 25 条" in client.get("/accounts/logins/").content.decode()
    assert "第 21–25 条，共 25 条" in client.get("/accounts/logins/?page=2").content.decode()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "Chrome 126 · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", "Safari 17 · macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile Safari/604.1", "Safari 17 · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49", "微信 8 · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox 127 · Linux"),
        ("curl/8.5.0", "curl 8"),
        ("", ""),
        ("\u0000nonsense", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_in_two_words(agent, words):
    assert devices.describe(agent) == words
