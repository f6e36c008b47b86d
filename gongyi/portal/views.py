"""The public side: home, finding instruments, their pages, organizations; and the way from sign-in to one's desk."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render

from gongyi.catalog.models import Instrument
from gongyi.organizations.models import Organization


def home(request):
    return render(request, "portal/home.html")


def instruments(request):
    return render(request, "portal/instruments.html", {"instruments": Instrument.objects.published()[:20]})


def instrument(request, pk):
    found = get_object_or_404(Instrument.objects.visible_to(request.user), pk=pk)
    return render(request, "portal/instrument.html", {"instrument": found})


def organizations(request):
    return render(request, "portal/organizations.html", {"organizations": Organization.objects.visible_to(request.user)})


def organization(request, pk):
    found = get_object_or_404(Organization.objects.visible_to(request.user), pk=pk)
    return render(request, "portal/organization.html", {"organization": found})


@login_required
def desk(request):
    return redirect("portal:instruments")
