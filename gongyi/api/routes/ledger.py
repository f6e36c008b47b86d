"""Payment accounts and their entries, read only: money moves with reservations, or by the finance staff on the pages."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from gongyi.api.paging import page_of
from gongyi.ledger.models import Entry, PaymentAccount

router = Router(tags=["payment accounts"])


def account_body(account: PaymentAccount) -> dict:
    return {
        "id": account.pk,
        "code": account.code,
        "name": account.name,
        "organization": {"id": account.organization_id, "name": account.organization.name},
        "status": account.status,
        "available": str(account.available),
        "held": str(account.held),
        "credit_line": str(account.credit_line),
        "currency": "CNY",
    }


@router.get("/payment-accounts", summary="Payment accounts I may see (S0-79, S0-80)")
def accounts(request, page: int = 1, page_size: int = 20):
    visible = PaymentAccount.objects.visible_to(request.user).select_related("organization").order_by("name_key", "pk")
    return page_of(visible, page, page_size, account_body)


@router.get("/payment-accounts/{int:account_id}", summary="One payment account")
def account(request, account_id: int):
    visible = PaymentAccount.objects.visible_to(request.user).select_related("organization")
    return account_body(get_object_or_404(visible, pk=account_id))


@router.get("/payment-accounts/{int:account_id}/entries", summary="Its amount records, newest first (S0-81)")
def entries(request, account_id: int, page: int = 1, page_size: int = 50):
    account = get_object_or_404(PaymentAccount.objects.visible_to(request.user), pk=account_id)
    rows = Entry.objects.filter(account=account).select_related("transaction").order_by("-pk")
    return page_of(
        rows,
        page,
        page_size,
        lambda entry: {
            "id": entry.pk,
            "at": timezone.localtime(entry.at).isoformat(),
            "kind": entry.transaction.kind,
            "book": entry.book,
            "amount": str(entry.amount),
            "source": entry.transaction.source,
            "voucher_no": entry.transaction.voucher_no,
            "note": entry.transaction.note,
        },
    )
