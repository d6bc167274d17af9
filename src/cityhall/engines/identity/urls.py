"""Addresses of identity. All names are in the namespace `identity`."""

from django.urls import include, path

from cityhall.engines.identity.states import ACCOUNT_ACTS
from cityhall.engines.identity.views import account, desk, sign_in

pages = [
    path("account/sign-in/", sign_in.sign_in, name="sign_in"),
    path("account/sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("account/sign-in/passkey/", sign_in.sign_in_passkey, name="sign_in_passkey"),
    path("account/passkey-options/", sign_in.passkey_options, name="passkey_options"),
    path("account/new-passkey-options/", sign_in.set_up_options, name="new_passkey_options"),
    path("account/sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/signed-out/", sign_in.signed_out, name="signed_out"),
    path("desk/sign-in/", sign_in.staff_sign_in, name="staff_sign_in"),
    path("desk/sign-in/second-factor/", sign_in.second_factor_page, name="second_factor"),
    path("desk/sign-in/password/", sign_in.first_password, name="first_password"),
    path("desk/sign-in/set-up/", sign_in.set_up, name="set_up"),
    path("desk/sign-in/codes/", sign_in.keep_codes, name="keep_codes"),
    path("desk/sign-in/forgotten/", sign_in.forgotten, name="forgotten"),
    path("desk/sign-in/forgotten/code/", sign_in.forgotten_code, name="forgotten_code"),
    path("desk/sign-in/provider/", sign_in.provider_sign_in, name="provider_sign_in"),
    path("account/", account.overview, name="account"),
    path("desk/account/", account.overview, name="staff_account"),
    path("account/profile/", account.profile, name="profile"),
    path("account/email/", account.new_email, name="new_email"),
    path("account/email/code/", account.new_email_code, name="new_email_code"),
    path("account/phone/", account.new_phone, name="new_phone"),
    path("account/phone/code/", account.new_phone_code, name="new_phone_code"),
    path("account/password/", account.password, name="password"),
    path("account/app/", account.new_app, name="new_app"),
    path("account/app/remove/", account.remove_app, name="remove_app"),
    path("account/recovery-codes/", account.recovery_codes, name="recovery_codes"),
    path("account/passkeys/new/", account.new_passkey, name="new_passkey"),
    path("account/passkeys/<int:pk>/", account.passkey, name="passkey"),
    path("account/passkeys/<int:pk>/remove/", account.remove_passkey, name="remove_passkey"),
    path("account/sessions/end-others/", account.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<uuid:number>/end/", account.end_session, name="end_session"),
    path("account/confirm/", account.confirm, name="confirm"),
    path("desk/accounts/", desk.accounts, name="desk_accounts"),
    path("desk/accounts/new/", desk.new_account, name="desk_account_new"),
    path("desk/accounts/<int:pk>/", desk.account, name="desk_account"),
    path("desk/accounts/<int:pk>/expiry/", desk.account_expiry, name="desk_account_expiry"),
    path("desk/accounts/<int:pk>/sessions/", desk.account_sessions, name="desk_account_sessions"),
    *(
        path(f"desk/accounts/<int:pk>/{act}/", desk.account_act, {"act": act}, name=f"desk_account_{act}")
        for act in ACCOUNT_ACTS
    ),
    path("desk/clients/", desk.client_list, name="desk_clients"),
    path("desk/clients/new/", desk.new_client, name="desk_client_new"),
    path("desk/clients/<int:pk>/", desk.client, name="desk_client"),
    path("desk/clients/<int:pk>/change/", desk.change_client, name="desk_client_change"),
    path("desk/clients/<int:pk>/rotate/", desk.rotate, name="desk_client_rotate"),
    path("desk/clients/<int:pk>/revoke/", desk.revoke_client, name="desk_client_revoke"),
    path("desk/clients/<int:pk>/keys/<int:key_pk>/revoke/", desk.revoke_key, name="desk_key_revoke"),
]

urlpatterns = [path("", include((pages, "identity")))]

# The provider knows one address for coming back, whatever language the person reads.
machine_urlpatterns = [
    path("account/sign-in/provider/", sign_in.provider_callback, name="identity_provider_callback"),
]
