"""Signing in and out: mozilla-django-oidc's views, one set for each app client."""

import logging
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
    OIDCLogoutView,
    get_next_url,
)

from core.closed_accounts.operations import AccountClosed
from identity import account_deletion
from identity.app_clients import MERCHANTS, OFFICERS, AppClient
from identity.errors import SignInFailed
from identity.sessions import operations as sessions
from identity.sign_in import email_accounts
from identity.sign_in.oidc import AppClientSettings

STATES = "oidc_states"
LONGEST_NEXT = 1000  # characters; the cookie that keeps it has room for 4,096
CANCELLED = {"access_denied", "user_cancelled_login", "user_cancelled_authorize"}

log = logging.getLogger(__name__)


def public[V: type](view: V) -> V:
    """Make a view class public."""
    decorated: V = method_decorator(login_not_required, name="dispatch")(view)
    return decorated


class RequestView(AppClientSettings, OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends the browser to Cognito; state, nonce, verifier and `next` are stored in the cookie."""

    provider: ClassVar[str] = ""
    """The identity provider whose page comes first. Empty for Cognito's own: the embedded
    AWS refuses its name (COGNITO), and it is not needed."""

    def get(self, request: HttpRequest) -> HttpResponseRedirect:
        response: HttpResponseRedirect = super().get(request)
        # The library has one `next` for all tabs, and no app client: here each state has its own.
        states: dict[str, dict[str, Any]] = request.session[STATES]
        following = request.session.pop("oidc_login_next") or ""
        states[next(reversed(states))] |= {
            "app_client": self.app_client.name,
            "next": following if len(following) <= LONGEST_NEXT else "",
        }
        return response

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        straight_to = {"identity_provider": self.provider} if self.provider else {}
        return {
            **super().get_extra_params(request),
            "redirect_uri": self.app_client.callback_url,
            **straight_to,
        }


@public
class MerchantsByEmail(RequestView):
    app_client = MERCHANTS


@public
class MerchantsByFacebook(RequestView):
    app_client = MERCHANTS
    provider = "Facebook"


@public
class OfficersSignIn(RequestView):
    app_client = OFFICERS


@login_not_required
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """The merchants' sign-in: offer the providers, unless `?with=` names one already."""
    ways: dict[str, type[RequestView]] = {"email": MerchantsByEmail}
    if settings.GARAGE.facebook:
        ways["facebook"] = MerchantsByFacebook
    if way := ways.get(request.GET.get("with", "")):
        straight_on: HttpResponse = way.as_view()(request)
        return straight_on
    # Only a safe address: the links on the page come back here with it.
    context = {"next": get_next_url(request, "next"), "facebook": "facebook" in ways}
    return render(request, "identity/sign_in/sign_in.html", context)


class CallbackView(AppClientSettings, OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Where Cognito sends people back; every failure is explained on a page."""

    app_client: ClassVar[AppClient]
    request: HttpRequest

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            self.begun = self._begun(request)
            if error := request.GET.get("error"):
                del request.session[STATES][request.GET["state"]]
                raise (
                    SignInFailed.cancelled() if error in CANCELLED else SignInFailed.refused(error)
                )
            request.app_client = self.app_client  # type: ignore[attr-defined]
            response: HttpResponse = super().get(request)
        except SignInFailed as failure:
            return self._failed(request, failure)
        return response

    def _begun(self, request: HttpRequest) -> dict[str, Any]:
        """Return what was stored when this sign-in was started in this browser."""
        state = request.GET.get("state", "")
        begun: dict[str, Any] | None = request.session.get(STATES, {}).get(state)
        if begun is None:
            raise SignInFailed.unexpected("unknown state")
        if begun["app_client"] != self.app_client.name:
            raise SignInFailed.unexpected("started with the other app client")
        return begun

    @property
    def success_url(self) -> str:
        return self.begun["next"] or resolve_url(self.app_client.home)

    def login_success(self) -> HttpResponseRedirect:
        if self.app_client.grants_city_roles and not self.user.cities:
            raise SignInFailed.no_city()
        # Nothing from before continues: no older session, and no other sign-in that was
        # started in the meantime.
        sessions.end(self.request)
        # Before the session: a deletion of the account ends that, and then removes this.
        is_merchant = self.app_client is MERCHANTS
        ways = email_accounts.record_sign_in(self.user.claims) if is_merchant else []
        auth.login(self.request, self.user)
        try:
            sessions.begin(self.request, self.user)
        except AccountClosed:
            return self._finish_deletion()
        self._notify_of_other_accounts(ways)
        return HttpResponseRedirect(self.success_url)

    def _finish_deletion(self) -> HttpResponseRedirect:
        """Delete the sign-in of an account that is deleted; its person may begin a new one.

        An erasure leaves the sign-in if nobody had a token or a key that may delete it.
        Now its person has one.
        """
        sessions.end(self.request)
        email_accounts.forget(self.user.email, self.user.sub)
        ending = "deleted"
        try:
            account_deletion.delete_sign_in_by_token(self.app_client, self.user.refresh_token)
        except account_deletion.SignInNotDeleted as refusal:
            ending = refusal.ending
        return HttpResponseRedirect(f"{reverse('privacy:deleted')}?sign-in={ending}")

    def _notify_of_other_accounts(self, ways: list[str]) -> None:
        for way in ways:
            messages.info(
                self.request,
                format_html(
                    "Another account has the same e-mail address; it signs in with {}."
                    " Its applications are not shown here. You can"
                    ' <a href="{}">move applications</a> from one account to the other.',
                    way,
                    reverse("account:transfer"),
                ),
            )

    def login_failure(self) -> HttpResponse:
        raise SignInFailed.unexpected("no code")

    def _failed(self, request: HttpRequest, failure: SignInFailed) -> HttpResponse:
        log.warning("Sign-in of %s failed: %s", self.app_client.name, failure.cause)
        # The library has replaced the session by a fresh copy; a used state must be
        # removed from the cookie all the same.
        request.session.modified = True
        context = {
            "title": failure.title,
            "happened": failure.happened,
            "advice": failure.advice,
            "try_again": reverse(self.app_client.sign_in),
            # Cognito remembers the last sign-in and would not ask again.
            "other_account": self.app_client.sign_out_url,
        }
        return render(request, "identity/sign_in/sign_in_failed.html", context, status=400)


@public
class MerchantsCallback(CallbackView):
    app_client = MERCHANTS


@public
class OfficersCallback(CallbackView):
    app_client = OFFICERS


@public
class SignOutView(OIDCLogoutView):  # type: ignore[misc]
    """Ends the session here and at Cognito; POST only, or any page could sign people out."""

    http_method_names: ClassVar[list[str]] = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseRedirect:
        # Cognito's session in this browser may outlive ours, and is the same for both
        # app clients.
        app_client: AppClient = getattr(request.user, "app_client", MERCHANTS)
        sessions.end(request)
        return HttpResponseRedirect(app_client.sign_out_url)


@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where a sign-in in a second tab ends; the first tab still has the form."""
    return render(request, "identity/sign_in/signed_in.html")


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "identity/sign_in/signed_out.html")
