"""Every address × every role: what a GET answers. A new address without a line here fails, and so does a line too many.

200 shown, 302 sent elsewhere (visitors: to sign in), 404 does not exist for you, 405 takes POST only, 409 shown but refused with
a sentence, 410 an outdated link, 422 asks for parameters. What POST-only addresses let whom do is tested in their app.
"""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.world import FURTHER, ROLES, World, build, further

# visitor outsider newcomer student senior group_manager leader manager finance unit_admin reviewer admin
EVERYBODY = "200 200 200 200 200 200 200 200 200 200 200 200"
SIGNED_IN = "302 200 200 200 200 200 200 200 200 200 200 200"
POST_ONLY = "302 405 405 405 405 405 405 405 405 405 405 405"
PLATFORM = "302 404 404 404 404 404 404 404 404 404 404 200"
MANAGERS = "302 404 404 404 404 404 404 200 404 200 404 200"
UNIT_ADMINS = "302 404 404 404 404 404 404 404 404 200 404 200"
UNIT_PEOPLE = "302 404 200 200 200 200 200 200 200 200 404 200"
ACCOUNTS = "302 404 404 404 404 404 404 404 200 200 404 200"
MEMBERS = "302 404 200 200 200 200 200 404 200 200 404 200"
CONCERNED = "302 404 404 200 404 200 200 200 404 200 404 200"
DECIDERS = "302 404 404 404 404 404 404 404 404 200 200 200"
REVIEWED = "302 404 404 404 404 404 404 404 404 200 200 200"
DRAFT = "302 404 404 200 404 404 404 404 404 404 404 404"  # the student's own, whoever else has its link
NOBODY = "404 404 404 404 404 404 404 404 404 404 404 404"
NEVER_SHOWN = "405 405 405 405 405 405 405 405 405 405 405 405"

EXPECTED = {
    "healthz": EVERYBODY,
    "readyz": "503 503 503 503 503 503 503 503 503 503 503 503",
    "kit:parts": EVERYBODY,
    "kit:theme": "405 405 405 405 405 405 405 405 405 405 405 405",
    "workflow:step": "302 404 404 409 404 409 409 200 404 200 404 200",
    "notifications:list": SIGNED_IN,
    "notifications:read": POST_ONLY,
    "notifications:reception": SIGNED_IN,
    "notifications:texts": PLATFORM,
    "notifications:open": "302 404 404 404 404 404 404 302 404 404 404 404",
    "files:download": "404 404 404 404 404 404 404 404 404 404 404 404",
    "regions:children": EVERYBODY,
    "accounts:sign_in": "200 302 302 302 302 302 302 302 302 302 302 302",
    "accounts:demo_sign_in": "405 405 405 405 405 405 405 405 405 405 405 405",
    "accounts:captcha_again": EVERYBODY,
    "accounts:captcha_image": EVERYBODY,
    "accounts:send_code": "405 405 405 405 405 405 405 405 405 405 405 405",
    "accounts:demo_texts": "404 404 404 404 404 404 404 404 404 404 404 404",
    "accounts:sign_up": "200 302 302 302 302 302 302 302 302 302 302 302",
    "accounts:agreement": EVERYBODY,
    "accounts:close_account": SIGNED_IN,
    "accounts:recover": EVERYBODY,
    "accounts:help_recovery": EVERYBODY,
    "accounts:activate": "410 410 410 410 410 410 410 410 410 410 410 410",
    "accounts:grant_administration": PLATFORM,
    "accounts:withdraw_administration": PLATFORM,
    "accounts:sign_out": "405 405 405 405 405 405 405 405 405 405 405 405",
    "accounts:profile": SIGNED_IN,
    "accounts:edit_profile": SIGNED_IN,
    "accounts:confirm": SIGNED_IN,
    "accounts:edit_report": SIGNED_IN,
    "accounts:logins": SIGNED_IN,
    "accounts:change_password": SIGNED_IN,
    "accounts:reset_password": EVERYBODY,
    "accounts:reset_sent": EVERYBODY,
    "accounts:reset_confirm": "410 410 410 410 410 410 410 410 410 410 410 410",
    "accounts:tokens": SIGNED_IN,
    "accounts:create_token": SIGNED_IN,
    "accounts:revoke_token": POST_ONLY,
    "accounts:saved_views": SIGNED_IN,
    "accounts:save_view": "302 404 404 404 404 404 404 404 404 404 404 404",  # without naming a page
    "accounts:rename_view": DRAFT,
    "accounts:default_view": POST_ONLY,
    "accounts:remove_view": DRAFT,
    "accounts:users": PLATFORM,
    "accounts:add_user": PLATFORM,
    "accounts:user": PLATFORM,
    "accounts:edit_user": PLATFORM,
    "accounts:deactivate_user": PLATFORM,
    "accounts:activate_user": PLATFORM,
    "accounts:unlock_user": POST_ONLY,
    "accounts:mail_user": POST_ONLY,
    "reservations:calendar_events": "422 422 422 422 422 422 422 422 422 422 422 422",
    "reservations:confirm": "200 302 302 302 302 302 302 302 302 302 302 302",
    "reservations:book": SIGNED_IN,
    "reservations:batch": SIGNED_IN,
    "reservations:batch_done": "302 302 302 302 302 302 302 302 302 302 302 302",
    "reservations:timeline": EVERYBODY,
    "reservations:timeline_find": EVERYBODY,
    "reservations:mine": SIGNED_IN,
    "reservations:my_desk": SIGNED_IN,
    "reservations:usage": SIGNED_IN,
    "reservations:subscription": SIGNED_IN,
    "reservations:replace_feed": POST_ONLY,
    "reservations:feed": EVERYBODY,
    "reservations:reservation": CONCERNED,
    "reservations:booked": CONCERNED,
    "reservations:move": "302 404 404 200 404 409 409 200 404 200 404 200",
    "reservations:slip": CONCERNED,
    "reservations:ics": CONCERNED,
    "reservations:use": SIGNED_IN,
    "reservations:sign": MANAGERS,
    "reservations:report_fault": SIGNED_IN,
    "reservations:manager_desk": MANAGERS,
    "reservations:hours": MANAGERS,
    "reservations:book_for": MANAGERS,
    "reservations:managed": MANAGERS,
    "reservations:people": MANAGERS,
    "reservations:people_search": MANAGERS,
    "reservations:grant": MANAGERS,
    "reservations:extend": MANAGERS,
    "reservations:withdraw": MANAGERS,
    "reservations:bans": UNIT_ADMINS,
    "reservations:ban": UNIT_ADMINS,
    "reservations:lift_ban": "302 404 404 404 404 404 404 404 404 302 404 302",
    "reservations:ruled": MANAGERS,
    "reservations:site_rules": PLATFORM,
    "reservations:site_hours": PLATFORM,
    "reservations:organization_rules": UNIT_ADMINS,
    "reservations:organization_hours": UNIT_ADMINS,
    "reservations:instrument_rules": MANAGERS,
    "reservations:instrument_hours": MANAGERS,
    "reservations:closures": MANAGERS,
    "reservations:close": MANAGERS,
    "reservations:reopen": MANAGERS,
    "reservations:faults": MANAGERS,
    "reservations:resolve_fault": MANAGERS,
    "imports:list": SIGNED_IN,
    "imports:run": PLATFORM,
    "imports:progress": "302 404 404 404 404 404 404 404 404 404 404 302",
    "imports:errors": PLATFORM,
    "imports:columns": PLATFORM,
    "organizations:import_units": PLATFORM,
    "organizations:import_people": UNIT_ADMINS,
    "organizations:act_for": POST_ONLY,
    "organizations:list": PLATFORM,
    "organizations:add": PLATFORM,
    "organizations:organization": UNIT_PEOPLE,
    "organizations:edit": PLATFORM,
    "organizations:edit_contact": "302 404 404 404 404 404 404 404 404 200 404 404",
    "organizations:people": UNIT_PEOPLE,
    "organizations:add_person": UNIT_ADMINS,
    "organizations:new_person": UNIT_ADMINS,
    "organizations:person": UNIT_ADMINS,
    "organizations:remove_person": UNIT_ADMINS,
    "organizations:hand_over": UNIT_ADMINS,
    "organizations:roles": SIGNED_IN,
    "organizations:departments": UNIT_PEOPLE,
    "organizations:add_department": UNIT_ADMINS,
    "organizations:edit_department": UNIT_ADMINS,
    "organizations:delete_department": UNIT_ADMINS,
    "organizations:certificates": UNIT_PEOPLE,
    "organizations:certificate_history": UNIT_PEOPLE,
    "organizations:attachments": UNIT_PEOPLE,
    "organizations:reviews": UNIT_PEOPLE,
    "organizations:contacts": UNIT_PEOPLE,
    "organizations:showcase": UNIT_PEOPLE,
    "organizations:preview_case": UNIT_PEOPLE,
    "organizations:edit_profile": UNIT_ADMINS,
    "organizations:change_contact": UNIT_ADMINS,
    "organizations:end_contact": UNIT_ADMINS,
    "organizations:add_certificate": UNIT_ADMINS,
    "organizations:edit_certificate": UNIT_ADMINS,
    "organizations:withdraw_certificate": UNIT_ADMINS,
    "organizations:restore_certificate": UNIT_ADMINS,
    "organizations:add_pictures": UNIT_ADMINS,
    "organizations:rename_picture": UNIT_ADMINS,
    "organizations:add_case": UNIT_ADMINS,
    "organizations:edit_case": UNIT_ADMINS,
    "organizations:move_picture": POST_ONLY,
    "organizations:remove_picture": POST_ONLY,
    "organizations:delete_case": POST_ONLY,
    "organizations:suspend": PLATFORM,
    "organizations:leave": PLATFORM,
    "organizations:ask_to_leave": "302 404 404 404 404 404 404 404 404 200 404 404",
    "onboarding:choose": EVERYBODY,
    "onboarding:mine": SIGNED_IN,
    "onboarding:start": EVERYBODY,
    "onboarding:change": UNIT_ADMINS,
    "onboarding:application": "302 404 404 200 404 404 404 404 404 404 404 200",
    "onboarding:resume": "302 404 404 302 404 404 404 404 404 404 404 404",
    "onboarding:part": DRAFT,
    "onboarding:overview": DRAFT,
    "onboarding:state": DRAFT,
    "onboarding:discard": "404 404 404 200 404 404 404 404 404 404 404 404",
    "onboarding:institution_letter": "404 404 404 200 404 404 404 404 404 404 404 404",
    "onboarding:file": NOBODY,
    "onboarding:upload": NEVER_SHOWN,
    "onboarding:remove_file": NEVER_SHOWN,
    "onboarding:submit": NEVER_SHOWN,
    "onboarding:withdraw": NEVER_SHOWN,
    "onboarding:mail_link": NEVER_SHOWN,
    "onboarding:my_units": SIGNED_IN,
    "onboarding:find_unit": SIGNED_IN,
    "onboarding:bind": SIGNED_IN,  # who has a unit reads what to do first
    "onboarding:release": "302 404 200 200 200 200 200 200 200 200 404 404",
    "onboarding:binding": "302 404 404 200 404 404 404 404 404 200 404 200",
    "onboarding:invitations": UNIT_ADMINS,
    "onboarding:invite": UNIT_ADMINS,
    "onboarding:invite_by_mail": UNIT_ADMINS,
    "onboarding:invitation": UNIT_ADMINS,
    "onboarding:revoke_invitation": UNIT_ADMINS,
    "onboarding:invited": EVERYBODY,
    "onboarding:laboratory_accounts": UNIT_ADMINS,
    "onboarding:open_laboratory_account": UNIT_ADMINS,
    "onboarding:laboratory_account": UNIT_ADMINS,
    "onboarding:hand_over_laboratory_account": UNIT_ADMINS,
    "onboarding:disable_laboratory_account": UNIT_ADMINS,
    "onboarding:reopen_laboratory_account": UNIT_ADMINS,
    "onboarding:sub_users": UNIT_ADMINS,
    "onboarding:open_sub_user": UNIT_ADMINS,
    "onboarding:platforms": UNIT_ADMINS,
    "onboarding:add_platform": UNIT_ADMINS,
    "onboarding:mail_laboratory_account": POST_ONLY,
    "onboarding:text_sub_user": POST_ONLY,
    "onboarding:laboratory": "302 404 404 404 404 404 404 404 404 404 404 404",  # its own account only
    "onboarding:edit_laboratory": "302 404 404 404 404 404 404 404 404 404 404 404",  # its own account only
    "onboarding:laboratory_people": "302 404 404 404 404 404 404 404 404 404 404 404",  # its own account only
    "onboarding:disable_sub_user": "302 404 404 404 404 404 404 404 404 404 404 404",  # the student is none
    "onboarding:reopen_sub_user": "302 404 404 404 404 404 404 404 404 404 404 404",  # the student is none
    "onboarding:edit_platform": "302 404 404 404 404 404 404 404 404 404 404 404",  # it is under review
    "onboarding:platform": "302 404 404 404 404 404 404 404 404 200 200 200",
    "onboarding:discard_platform": "302 404 404 404 404 404 404 404 404 409 404 409",  # handed in already
    "onboarding:public_platform": "404 404 404 404 404 404 404 404 404 404 404 404",  # not approved yet
    "onboarding:authorization_letter": "404 404 404 404 404 404 404 404 404 404 404 404",  # only with the draft's own link
    "onboarding:downloads": EVERYBODY,
    "onboarding:download": EVERYBODY,
    "onboarding:application_form": "404 404 404 404 404 404 404 404 404 404 404 404",  # only with the draft's own link
    "onboarding:voucher_check": EVERYBODY,
    "onboarding:my_unit": "302 302 302 302 302 302 302 302 302 302 302 302",
    "onboarding:refresh": "302 404 200 200 200 200 200 200 200 200 404 200",
    "onboarding:confirm_unchanged": "405 405 405 405 405 405 405 405 405 405 405 405",
    "onboarding:due_units": PLATFORM,
    "onboarding:unit_rules": PLATFORM,
    "onboarding:letters": PLATFORM,
    "onboarding:add_letter": PLATFORM,
    "onboarding:letter": PLATFORM,
    "onboarding:edit_letter": "302 404 404 404 404 404 404 404 404 404 404 302",  # the published one leads to its page
    "onboarding:publish_letter": "405 405 405 405 405 405 405 405 405 405 405 405",
    "onboarding:discard_letter": "405 405 405 405 405 405 405 405 405 405 405 405",
    "onboarding:letter_units": PLATFORM,
    "ledger:accounts": SIGNED_IN,
    "ledger:set_default": "302 404 200 200 200 200 200 404 404 404 404 404",
    "ledger:led_groups": SIGNED_IN,
    "ledger:managed_groups": SIGNED_IN,
    "ledger:joined_groups": SIGNED_IN,
    "ledger:apply": SIGNED_IN,
    "ledger:account": MEMBERS,
    "ledger:records": MEMBERS,
    "ledger:holds": MEMBERS,
    "ledger:statement": "302 404 404 404 404 200 200 404 200 200 404 200",
    "ledger:members": MEMBERS,
    "ledger:member_step": "302 404 404 404 404 404 404 404 404 404 404 404",
    "ledger:unit_accounts": ACCOUNTS,
    "ledger:open": ACCOUNTS,
    "ledger:unit_records": ACCOUNTS,
    "catalog:list": MANAGERS,
    "catalog:add": UNIT_ADMINS,
    "catalog:instrument": MANAGERS,
    "catalog:edit": MANAGERS,
    "catalog:discard": MANAGERS,
    "catalog:end": MANAGERS,
    "catalog:changes": MANAGERS,
    "catalog:prices": MANAGERS,
    "catalog:add_photo": MANAGERS,
    "catalog:remove_photo": POST_ONLY,
    "catalog:add_attachment": MANAGERS,
    "catalog:remove_attachment": POST_ONLY,
    "catalog:add_manager": MANAGERS,
    "catalog:remove_manager": POST_ONLY,
    "catalog:qr": MANAGERS,
    "catalog:copy": "302 404 404 404 404 404 404 409 404 200 404 200",  # a manager may not add instruments to the unit
    "catalog:labels": MANAGERS,
    "catalog:undo_bulk": "302 404 404 404 404 404 404 404 404 404 404 404",  # nobody changed several at once
    "catalog:import": UNIT_ADMINS.replace("200", "302", 1),  # who keeps one unit goes straight to it
    "catalog:import_into": UNIT_ADMINS,
    "catalog:import_photos": UNIT_ADMINS,
    "catalog:drafts": MANAGERS,
    "catalog:exchange": MANAGERS,
    "catalog:synonyms": PLATFORM,
    "catalog:add_synonym": PLATFORM,
    "catalog:synonym": PLATFORM,
    "reviews:overview": DECIDERS,
    "reviews:desk": DECIDERS,
    "reviews:case": REVIEWED,
    "reviews:decide": "302 404 404 404 404 404 404 404 404 405 405 405",
    "reviews:reassign": "302 404 404 404 404 404 404 404 404 404 200 200",
    "reviews:waiting": DECIDERS,
    "reviews:history": SIGNED_IN,
    "reviews:mine": SIGNED_IN,
    "reviews:phrases": DECIDERS,
    "reviews:remits": PLATFORM,
    "reviews:add_remit": PLATFORM,
    "reviews:remove_remit": PLATFORM,
    "reviews:coverage": PLATFORM,
    "reviews:policies": PLATFORM,
    "reviews:edit_policy": PLATFORM,
    "reviews:review": REVIEWED,
    "reviews:submission": REVIEWED,
    "portal:home": EVERYBODY,
    "portal:instruments": EVERYBODY,
    "portal:search": EVERYBODY,
    "portal:suggest": EVERYBODY,
    "portal:forget_searches": NEVER_SHOWN,
    "offerings:capabilities": EVERYBODY,
    "offerings:capability": EVERYBODY,
    "offerings:tests": UNIT_PEOPLE,
    "offerings:metrology": UNIT_PEOPLE,
    "offerings:add_test": UNIT_ADMINS,
    "offerings:add_metrology": UNIT_ADMINS,
    "offerings:import_tests": UNIT_ADMINS,
    "offerings:import_metrology": UNIT_ADMINS,
    "offerings:pick_certificate": UNIT_ADMINS,
    "offerings:move_capabilities": UNIT_ADMINS,
    "offerings:kept_capability": UNIT_ADMINS,
    "offerings:edit_capability": UNIT_ADMINS,
    "offerings:plans": EVERYBODY,
    "offerings:plan": EVERYBODY,
    "offerings:topics": EVERYBODY,
    "offerings:topic": EVERYBODY,
    "offerings:kept_plans": UNIT_ADMINS,
    "offerings:add_plan": UNIT_ADMINS,
    "offerings:edit_plan": UNIT_ADMINS,
    "offerings:copy_plan": POST_ONLY,
    "offerings:delete_plan": POST_ONLY,
    "offerings:plan_picture": POST_ONLY,
    "offerings:find_own_capabilities": UNIT_ADMINS,
    "offerings:kept_topics": PLATFORM,
    "offerings:add_topic": PLATFORM,
    "offerings:edit_topic": PLATFORM,
    "portal:instrument": EVERYBODY,
    "portal:favourite": POST_ONLY,
    "portal:shortlist": EVERYBODY,
    "portal:picked": NEVER_SHOWN,
    "portal:shortlist_clear": NEVER_SHOWN,
    "portal:shortlist_restore": NEVER_SHOWN,
    "portal:compare": EVERYBODY,
    "portal:favourites": SIGNED_IN,
    "portal:organizations": EVERYBODY,
    "portal:organization": EVERYBODY,
    "portal:desk": "302 302 302 302 302 302 302 302 302 302 302 302",
    "portal:platform_desk": PLATFORM,
    "portal:finance_desk": ACCOUNTS,
    "portal:sitemap": EVERYBODY,
    "portal:robots": EVERYBODY,
}

ARGUMENTS = {
    "organizations": "unit",
    "ledger": "account",
    "catalog": "instrument",
    "portal": "instrument",
    "notifications": "notification",
    "reservations": "reservation",
    "workflow": "reservation",
    "accounts": "student",
    "portal:organization": "unit",
    "offerings:capability": "capability",
    "offerings:kept_capability": "capability",
    "offerings:edit_capability": "capability",
    "offerings:tests": "unit",
    "offerings:metrology": "unit",
    "offerings:add_test": "unit",
    "offerings:add_metrology": "unit",
    "offerings:import_tests": "unit",
    "offerings:import_metrology": "unit",
    "offerings:pick_certificate": "unit",
    "offerings:move_capabilities": "unit",
    "offerings:plan": "plan",
    "offerings:edit_plan": "plan",
    "offerings:copy_plan": "plan",
    "offerings:delete_plan": "plan",
    "offerings:topic": "topic",
    "offerings:edit_topic": "topic",
    "offerings:kept_plans": "unit",
    "offerings:add_plan": "unit",
    "offerings:plan_picture": "unit",
    "offerings:find_own_capabilities": "unit",
    "reservations:organization_rules": "unit",
    "reservations:organization_hours": "unit",
    "reservations:calendar_events": "instrument",
    "reservations:confirm": "instrument",
    "reservations:book": "instrument",
    "reservations:use": "instrument",
    "reservations:sign": "instrument",
    "reservations:report_fault": "instrument",
    "reservations:instrument_rules": "instrument",
    "reservations:instrument_hours": "instrument",
    "reservations:extend": "qualification",
    "reservations:withdraw": "qualification",
    "reservations:lift_ban": "ban",
    "reservations:reopen": "closure",
    "reservations:resolve_fault": "fault",
    "accounts:revoke_token": "token",
    "accounts:rename_view": "saved_view",
    "accounts:default_view": "saved_view",
    "accounts:remove_view": "saved_view",
    "onboarding:application": "draft",
    "onboarding:change": "unit",
    "onboarding:laboratory_accounts": "unit",
    "onboarding:open_laboratory_account": "unit",
    "onboarding:laboratory_account": "unit",
    "onboarding:hand_over_laboratory_account": "unit",
    "onboarding:disable_laboratory_account": "unit",
    "onboarding:reopen_laboratory_account": "unit",
    "onboarding:mail_laboratory_account": "unit",
    "onboarding:sub_users": "unit",
    "onboarding:open_sub_user": "unit",
    "onboarding:disable_sub_user": "unit",
    "onboarding:reopen_sub_user": "unit",
    "onboarding:text_sub_user": "unit",
    "onboarding:platforms": "unit",
    "onboarding:add_platform": "unit",
    "onboarding:platform": "innovation",
    "onboarding:edit_platform": "innovation",
    "onboarding:discard_platform": "innovation",
    "onboarding:public_platform": "innovation",
    "onboarding:bind": "unit",
    "onboarding:release": "unit",
    "onboarding:binding": "binding",
    "onboarding:invitations": "unit",
    "onboarding:invite": "unit",
    "onboarding:invite_by_mail": "unit",
    "onboarding:invitation": "invitation",
    "onboarding:revoke_invitation": "invitation",
    "onboarding:refresh": "unit",
    "onboarding:confirm_unchanged": "unit",
    "onboarding:letter": "commitment",
    "onboarding:edit_letter": "commitment",
    "onboarding:publish_letter": "commitment",
    "onboarding:discard_letter": "commitment",
    "onboarding:letter_units": "commitment",
    "reviews": "review",
    "reviews:submission": "submission",
    "reviews:remove_remit": "remit",
    "imports": "list_import",
    "catalog:import_into": "unit",
    "catalog:import_photos": "unit",
    "catalog:synonym": "synonym",
}

# What those who stand near are answered: like whom in the table, but for these. All else of the unit is 404 for strangers.
OWN_UNITS_LISTS = (
    "reservations:people_search reservations:bans reservations:ban ledger:unit_accounts ledger:open ledger:unit_records catalog:list "
    "catalog:add catalog:labels catalog:drafts catalog:exchange portal:finance_desk"
)
OWN_REVIEWS = "reviews:overview reviews:desk reviews:waiting reviews:phrases"
SEEN_BY_MEMBERS = (
    "organizations:organization organizations:people organizations:departments organizations:contacts organizations:attachments "
    "organizations:reviews organizations:certificates organizations:certificate_history organizations:showcase "
    "organizations:preview_case onboarding:refresh onboarding:release offerings:tests offerings:metrology"
)
OWN_LISTS = "catalog:list catalog:labels catalog:add catalog:drafts catalog:exchange"
OF_THE_LABORATORY = (
    "workflow:step reservations:reservation reservations:booked reservations:move reservations:slip reservations:ics "
    "reservations:sign reservations:manager_desk reservations:hours reservations:book_for reservations:managed reservations:people "
    "reservations:people_search reservations:grant reservations:extend reservations:withdraw reservations:ruled "
    "reservations:instrument_rules reservations:instrument_hours reservations:closures reservations:close reservations:reopen "
    "reservations:faults reservations:resolve_fault onboarding:laboratory onboarding:edit_laboratory onboarding:laboratory_people "
    "catalog:instrument catalog:edit catalog:copy catalog:prices catalog:add_photo catalog:add_manager catalog:qr "
    "catalog:discard catalog:end catalog:changes catalog:add_attachment"
)
NEAR = {
    "foreign_admin": (
        "outsider",
        {200: f"{OWN_UNITS_LISTS} {OWN_REVIEWS}", 302: "catalog:import", 405: "reviews:decide"},
    ),
    "far_reviewer": ("outsider", {200: f"{OWN_REVIEWS} onboarding:due_units", 405: "reviews:decide"}),
    "sub_user": ("unit_admin", {404: "onboarding:sub_users onboarding:open_sub_user"}),
    "laboratory": ("outsider", {200: f"{SEEN_BY_MEMBERS} {OWN_LISTS} {OF_THE_LABORATORY}"}),
    "far_laboratory": ("outsider", {200: f"{SEEN_BY_MEMBERS} {OWN_LISTS}"}),
}

OF_DRAFT = {
    f"onboarding:{name}"
    for name in (
        "resume", "part", "overview", "state", "discard", "institution_letter", "file", "upload", "remove_file", "submit",
        "withdraw", "mail_link",
    )
}  # fmt: skip


def addresses(patterns=None, space=""):
    """(name, parameters) of every address but the API's, which has tests of its own."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            if str(pattern.pattern) != "api/v1/":
                yield from addresses(
                    pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space
                )
        else:
            yield f"{space}{pattern.name}", list(pattern.pattern.converters)


def arguments(world: World, name: str, parameters: list[str]) -> dict:
    app = name.split(":")[0]
    given = {
        "flow": "reservations.reservation",
        "step": "approve" if app == "workflow" else "remove",
        "user_pk": world.student.pk,
        "department_pk": world.department.pk,
        "secret": world.feed.secret,
        "public_id": "00000000-0000-0000-0000-000000000000",
        "kind": "platform",
        "uid": "x",
        "token": "x",
        "photo_pk": 1,
        "attachment_pk": 1,
        "certificate_pk": world.certificate.pk,
        "picture_pk": world.qualification_picture.pk,
        "case_pk": world.case.pk,
        "duty": "complaints",
        "where": "later",
        "slug": "application-form",
    }
    given |= {"capacity": world.draft.capacity, "part": "unit", "slot": "license"}
    if name == "catalog:end":
        given["step"] = "disable"
    if name in OF_DRAFT:
        given["secret"] = world.draft.secret
    if name == "onboarding:invited":
        given["secret"] = world.invitation.secret
    found = {key: given[key] for key in parameters if key in given}
    if "pk" in parameters:
        found["pk"] = getattr(world, ARGUMENTS.get(name) or ARGUMENTS[app]).pk
    if "member" in parameters:
        found["member"] = world.account.members.get(user=world.student).pk
    return found


def test_every_address_has_a_line_and_every_line_an_address():
    assert {name for name, _parameters in addresses()} == set(EXPECTED)


def answers_to(person, world: World) -> dict[str, int]:
    browser = Client(raise_request_exception=False)
    if person:
        browser.force_login(person, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return {
        name: browser.get(reverse(name, kwargs=arguments(world, name, parameters))).status_code
        for name, parameters in addresses()
    }


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_is_answered(role):
    world = build()
    expected = {name: int(line.split()[ROLES.index(role)]) for name, line in EXPECTED.items()}
    assert answers_to(world.people[role], world) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("role", FURTHER)
def test_a_foreign_unit_region_or_laboratory_sees_nothing_of_this_one(role):
    """S2-33, S4-74: what is another's is 404, whatever one may do in one's own."""
    world = build()
    like, but = NEAR[role]
    expected = {name: int(line.split()[ROLES.index(like)]) for name, line in EXPECTED.items()}
    expected |= {name: status for status, names in but.items() for name in names.split()}
    assert answers_to(further(world, role), world) == expected
