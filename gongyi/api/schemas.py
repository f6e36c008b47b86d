"""Shapes of what clients send, with their limits; unknown fields are refused so that a typo is not silently lost."""

from datetime import datetime
from typing import Annotated

from django.utils import timezone
from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field


def _with_zone(moment: datetime) -> datetime:
    """A time without offset is the site's own time."""
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


Moment = Annotated[datetime, AfterValidator(_with_zone)]
BigId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Input(Schema):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class TokenRequest(Input):
    identifier: str = Field(max_length=100, description="user name, e-mail or phone")
    password: str = Field(max_length=200)
    name: str = Field("API", max_length=50, description="what the token is for")


class ReportInput(Input):
    """Reporting information of one booking (S0-65); what is left out is taken from the person's own."""

    project_name: str | None = Field(None, max_length=200)
    project_funding: str | None = Field(None, max_length=2)
    project_no: str | None = Field(None, max_length=50)
    subject_codes: list[str] | None = Field(None, max_length=4)
    service_purpose: str | None = Field(None, max_length=3)
    service_target: str | None = Field(None, max_length=3)
    applicant_unit: str | None = Field(None, max_length=150)
    project_content: str | None = Field(None, max_length=200)


class CheckRequest(Input):
    starts_at: Moment
    ends_at: Moment
    account_id: BigId | None = Field(
        None, description="payment account; the person's default at the owning unit when left out"
    )


class ReservationRequest(CheckRequest):
    instrument_id: BigId
    purpose: str = Field("", max_length=300)
    sample_notes: str = Field("", max_length=300)
    report: ReportInput | None = None
