"""Capabilities, service plans, industry topics."""

from gongyi.offerings.models.capabilities import IDENTIFYING, AuthorizationCategory, Capability, key_of
from gongyi.offerings.models.plans import MOST_CHARACTERS, IndustryTopic, PlanPicture, ServicePlan

__all__ = [
    "IDENTIFYING", "MOST_CHARACTERS", "AuthorizationCategory", "Capability", "IndustryTopic", "PlanPicture", "ServicePlan", "key_of",
]  # fmt: skip
