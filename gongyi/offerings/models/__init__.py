"""Capabilities, service plans, industry topics."""

from gongyi.offerings.models.capabilities import AuthorizationCategory, Capability
from gongyi.offerings.models.plans import MOST_CHARACTERS, IndustryTopic, PlanPicture, ServicePlan

__all__ = ["MOST_CHARACTERS", "AuthorizationCategory", "Capability", "IndustryTopic", "PlanPicture", "ServicePlan"]
