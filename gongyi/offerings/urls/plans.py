"""Service plans and industry topics, for those who keep them and for everybody."""

from django.urls import URLPattern, path

from gongyi.offerings.views import kept_plans, plans, topics

urlpatterns: list[URLPattern] = [
    path("plans/", plans.Plans.as_view(), name="plans"),
    path("plans/<int:pk>/", plans.PlanPage.as_view(), name="plan"),
    path("plans/<int:pk>/edit/", kept_plans.EditPlan.as_view(), name="edit_plan"),
    path("plans/<int:pk>/copy/", kept_plans.copy_plan, name="copy_plan"),
    path("plans/<int:pk>/delete/", kept_plans.delete_plan, name="delete_plan"),
    path("institutions/<int:pk>/plans/", kept_plans.KeptPlans.as_view(), name="kept_plans"),
    path("institutions/<int:pk>/plans/add/", kept_plans.AddPlan.as_view(), name="add_plan"),
    path("institutions/<int:pk>/plans/pictures/", kept_plans.plan_picture, name="plan_picture"),
    path("institutions/<int:pk>/plans/capabilities/", kept_plans.find_own_capabilities, name="find_own_capabilities"),
    path("topics/", topics.Topics.as_view(), name="topics"),
    path("topics/<int:pk>/", topics.TopicPage.as_view(), name="topic"),
    path("topics/manage/", topics.KeptTopics.as_view(), name="kept_topics"),
    path("topics/manage/add/", topics.AddTopic.as_view(), name="add_topic"),
    path("topics/manage/<int:pk>/", topics.EditTopic.as_view(), name="edit_topic"),
]
