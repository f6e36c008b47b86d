"""Screens of one's own account, and the platform administrator's of everybody's."""

from django.urls import path

from gongyi.accounts.views import codes, joining, passwords, people, personal, saved, sign_in, tokens

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/demo/", sign_in.demo_sign_in, name="demo_sign_in"),
    path("sign-in/captcha/", sign_in.captcha_again, name="captcha_again"),
    path("sign-in/captcha.png", sign_in.captcha_image, name="captcha_image"),
    path("codes/", codes.send_code, name="send_code"),
    path("demo-texts/", codes.demo_texts, name="demo_texts"),
    path("sign-up/", joining.SignUp.as_view(), name="sign_up"),
    path("agreement/", joining.agreement, name="agreement"),
    path("close/", joining.CloseAccount.as_view(), name="close_account"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("", personal.Profile.as_view(), name="profile"),
    path("edit/", personal.EditProfile.as_view(), name="edit_profile"),
    path("confirm/", personal.Confirm.as_view(), name="confirm"),
    path("report/", personal.EditReport.as_view(), name="edit_report"),
    path("logins/", personal.Logins.as_view(), name="logins"),
    path("password/", passwords.ChangePassword.as_view(), name="change_password"),
    path("reset/", passwords.reset_password, name="reset_password"),
    path("reset/sent/", passwords.reset_sent, name="reset_sent"),
    path("reset/<str:uid>/<str:token>/", passwords.reset_confirm, name="reset_confirm"),
    path("recover/", passwords.recover, name="recover"),
    path("help/", passwords.help_recovery, name="help_recovery"),
    path("activate/<str:uid>/<str:token>/", passwords.activate, name="activate"),
    path("tokens/", tokens.Tokens.as_view(), name="tokens"),
    path("tokens/new/", tokens.CreateToken.as_view(), name="create_token"),
    path("tokens/<int:pk>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("saved/", saved.SavedViews.as_view(), name="saved_views"),
    path("saved/new/", saved.SaveView.as_view(), name="save_view"),
    path("saved/<int:pk>/rename/", saved.RenameView.as_view(), name="rename_view"),
    path("saved/<int:pk>/default/", saved.default_view, name="default_view"),
    path("saved/<int:pk>/remove/", saved.remove_view, name="remove_view"),
    path("users/", people.Users.as_view(), name="users"),
    path("users/new/", people.AddUser.as_view(), name="add_user"),
    path("users/<int:pk>/", people.OneUser.as_view(), name="user"),
    path("users/<int:pk>/edit/", people.EditUser.as_view(), name="edit_user"),
    path("users/<int:pk>/deactivate/", people.DeactivateUser.as_view(), name="deactivate_user"),
    path("users/<int:pk>/activate/", people.ActivateUser.as_view(), name="activate_user"),
    path("users/<int:pk>/grant/", people.GrantAdministration.as_view(), name="grant_administration"),
    path("users/<int:pk>/withdraw/", people.WithdrawAdministration.as_view(), name="withdraw_administration"),
    path("users/<int:pk>/unlock/", people.unlock_user, name="unlock_user"),
    path("users/<int:pk>/mail/", people.mail_user, name="mail_user"),
]
