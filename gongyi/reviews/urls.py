"""The review desk, what was decided, what was handed in, and who decides what."""

from django.urls import path

from gongyi.reviews.views import desk, lists, overview, phrases, remits, versions

app_name = "reviews"
urlpatterns = [
    path("", overview.Overview.as_view(), name="overview"),
    path("desk/", desk.Desk.as_view(), name="desk"),
    path("desk/<int:pk>/", desk.Desk.as_view(), name="case"),
    path("desk/<int:pk>/decide/", desk.Decide.as_view(), name="decide"),
    path("desk/<int:pk>/reassign/", desk.Reassign.as_view(), name="reassign"),
    path("waiting/", lists.Waiting.as_view(), name="waiting"),
    path("history/", lists.History.as_view(), name="history"),
    path("mine/", lists.Mine.as_view(), name="mine"),
    path("phrases/", phrases.Phrases.as_view(), name="phrases"),
    path("<int:pk>/", versions.OneReview.as_view(), name="review"),
    path("submissions/<int:pk>/", versions.FrozenCopy.as_view(), name="submission"),
    path("remits/", remits.Remits.as_view(), name="remits"),
    path("remits/new/", remits.AddRemit.as_view(), name="add_remit"),
    path("remits/<int:pk>/remove/", remits.RemoveRemit.as_view(), name="remove_remit"),
    path("coverage/", remits.Coverage.as_view(), name="coverage"),
    path("policies/", remits.Policies.as_view(), name="policies"),
    path("policies/<slug:kind>/", remits.EditPolicy.as_view(), name="edit_policy"),
]
