"""The gateway that carries text messages: any that takes an HTTP request, described by the installation's settings."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings

ANSWER_BYTES = 64 * 1024
SHOWN_OF_ANSWER = 300


class Misconfigured(Exception):
    """A setting of the gateway can't be used as it stands; `setting` is its name, the words say why."""

    def __init__(self, setting: str, why: str):
        self.setting = setting
        super().__init__(f"{setting} {why}")


class GatewayRefused(Exception):
    """The gateway answered, and the answer says that it did not take the message."""


class Gateway(Protocol):
    """Takes one text message. Returns when it has it, else raises; may be asked again for the same message."""

    def send(self, *, phone: str, body: str, number: int) -> None: ...


@dataclass(frozen=True)
class HttpGateway:
    """Sends a request as `body` describes, with {phone}, {text} and {id} filled in, to `url`.

    `body` is a JSON value whose strings carry the marks. With `form` it is sent as a form instead. The message is taken
    when the status is 2xx and, where `success` is given ("Response.Code=OK"), that place of the JSON answer reads so.
    """

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    success: str = ""
    form: bool = False
    timeout_seconds: int = 10

    def send(self, *, phone: str, body: str, number: int) -> None:
        request = urllib.request.Request(
            self.url, data=self._data(phone, body, number), headers=self._headers(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as answer:
                said = answer.read(ANSWER_BYTES)
        except urllib.error.HTTPError as refusal:
            words = refusal.read(ANSWER_BYTES).decode(errors="replace")[:SHOWN_OF_ANSWER]
            raise GatewayRefused(f"HTTP {refusal.code}: {words}") from refusal
        if self.success and not self._is_success(said):
            raise GatewayRefused(said.decode(errors="replace")[:SHOWN_OF_ANSWER])

    def _headers(self) -> dict[str, str]:
        kind = "application/x-www-form-urlencoded" if self.form else "application/json; charset=utf-8"
        return {"Content-Type": kind, "User-Agent": "Gongyi"} | self.headers

    def _data(self, phone: str, body: str, number: int) -> bytes:
        filled = _filled(self.body, {"{phone}": phone, "{text}": body, "{id}": str(number)})
        if self.form:
            from urllib.parse import urlencode

            return urlencode(filled).encode()
        return json.dumps(filled, ensure_ascii=False).encode()

    def _is_success(self, said: bytes) -> bool:
        path, _equals, wanted = self.success.partition("=")
        try:
            found = json.loads(said)
            for step in path.split("."):
                found = found[int(step)] if isinstance(found, list) else found[step]
        except (ValueError, LookupError, TypeError):
            return False
        return (json.dumps(found) if isinstance(found, bool | None) else str(found)) == wanted


def _filled(template: Any, marks: dict[str, str]) -> Any:
    """The template with every mark in its strings replaced; values never become marks themselves."""
    if isinstance(template, dict):
        return {key: _filled(value, marks) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, marks) for value in template]
    if not isinstance(template, str):
        return template
    rest, made = template, ""
    while found := sorted((rest.index(mark), mark) for mark in marks if mark in rest):
        at, mark = found[0]
        made, rest = made + rest[:at] + marks[mark], rest[at + len(mark) :]
    return made + rest


DEFAULT_BODY = {"phone": "{phone}", "text": "{text}"}


def configured() -> Gateway | None:
    """The gateway of this installation; None when there is none. Raises Misconfigured with what is wrong."""
    given = settings.SMS_GATEWAY
    if not given["url"]:
        return None
    if not given["url"].startswith(("http://", "https://")):
        raise Misconfigured("GONGYI_SMS_URL", "must start with http:// or https://")
    headers = _json("GONGYI_SMS_HEADERS", given["headers"], {})
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise Misconfigured("GONGYI_SMS_HEADERS", 'must be a JSON object of texts, as {"Authorization": "Bearer …"}')
    body = _json("GONGYI_SMS_BODY", given["body"], DEFAULT_BODY)
    if "{phone}" not in json.dumps(body) or "{text}" not in json.dumps(body):
        raise Misconfigured("GONGYI_SMS_BODY", "must contain {phone} and {text}")
    form = given["format"] == "form"
    if given["format"] not in ("json", "form"):
        raise Misconfigured("GONGYI_SMS_FORMAT", "must be json or form")
    if form and not isinstance(body, dict):
        raise Misconfigured("GONGYI_SMS_BODY", "must be a JSON object when GONGYI_SMS_FORMAT=form")
    if given["success"] and "=" not in given["success"]:
        raise Misconfigured("GONGYI_SMS_SUCCESS", "must be place=value, as code=0")
    return HttpGateway(url=given["url"], headers=headers, body=body, success=given["success"], form=form)


def _json(name: str, text: str, default: Any) -> Any:
    if not text:
        return default
    try:
        return json.loads(text)
    except ValueError as problem:
        raise Misconfigured(name, f"is no JSON: {problem}") from problem


def wrong_setting() -> str:
    """The name of the setting for which no text message leaves; empty when they leave."""
    try:
        return "" if configured() else "GONGYI_SMS_URL"
    except Misconfigured as problem:
        return problem.setting


def why_nothing_is_sent() -> str:
    """Empty when text messages leave, else why they wait, in words for the doctor."""
    try:
        return "" if configured() else "GONGYI_SMS_URL is not set"
    except Misconfigured as problem:
        return str(problem)
