"""Letters a unit signs and stamps: the commitment of its capacity, and the authorization of who registers it."""

from gongyi.onboarding.documents.paper import Paper
from gongyi.onboarding.models import CommitmentLetter

BLANK = "____________________"
DATE = "日期：        年      月      日"


def commitment_letter(
    letter: CommitmentLetter, *, unit: str = "", code: str = "", is_branch: bool = False, parent: str = ""
) -> bytes:
    """The letter with the unit's name and code where they are known, and the lines for signature and stamp; that of a
    branch without legal personality is stamped by its parent and with its own stamp (S3-19)."""
    paper = Paper(letter.title)
    paper.text(letter.text)
    if is_branch:
        paper.line(f"上级法人单位（盖章）：{parent or BLANK}", before=24)
        paper.line(f"分支机构（加盖分支机构章）：{unit or BLANK}")
    else:
        paper.line(f"单位名称（盖章）：{unit or BLANK}", before=24)
    paper.line(f"统一社会信用代码：{code or BLANK}")
    paper.line(f"法定代表人（签字）：{BLANK}")
    paper.line(DATE)
    paper.line(f"承诺书版本：{letter.version}", size=10, before=12)
    return paper.bytes()


def authorization_letter(*, unit: str = "", code: str = "", person: str = "", phone: str = "") -> bytes:
    """法人授权书 (S3-18, S4-4): the legal person authorizes whoever registers and acts for the unit on the platform."""
    paper = Paper("法人授权书")
    paper.text(
        f"兹授权 {person or BLANK}（手机：{phone or BLANK}）代表本单位在平台办理单位注册、信息维护，以及此后由该账号进行的预约、委托、"
        "备案、检定预约等业务。被授权人在授权范围内的操作，视为本单位的行为，由本单位承担相应责任。\n"
        "授权期限：自本授权书签署之日起，至本单位书面撤销授权或变更账号管理人之日止。\n"
        "被授权人不得转授权。人员变动时，本单位将及时办理账号移交。"
    )
    paper.line(f"授权单位（盖章）：{unit or BLANK}", before=24)
    paper.line(f"统一社会信用代码：{code or BLANK}")
    paper.line(f"法定代表人（签字）：{BLANK}")
    paper.line(f"被授权人（签字）：{BLANK}")
    paper.line(DATE)
    return paper.bytes()
