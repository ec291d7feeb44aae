"""The two app clients of the user pool: merchants sign in by one, officers by the other."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from core.environment import ClientCredentials

CITY_HALL = "city-hall:"
"""Prefix of the names of city halls' groups in the user pool; the city's slug follows."""


@dataclass(frozen=True, kw_only=True)
class AppClient:
    """A way to sign in, and what it allows.

    `sign_in`, `callback` and `home` are names of URLs; `home` is the page after a
    sign-in that asked for no other. `absolute_timeout` is not longer than the client's
    refresh token lasts (infra/stack.yaml): no session could. A session that is not
    used for `idle_timeout` ends earlier. `grants_city_roles` says whether the groups
    in a token count.
    """

    name: str
    sign_in: str
    callback: str
    home: str
    absolute_timeout: timedelta
    idle_timeout: timedelta
    grants_city_roles: bool
    scopes: str = "openid email profile"

    @property
    def credentials(self) -> ClientCredentials:
        credentials: ClientCredentials = getattr(settings.GARAGE, self.name)
        return credentials

    @property
    def callback_url(self) -> str:
        """The address that the app client knows, whatever host a request names."""
        return f"{settings.SITE_ORIGIN}{reverse(self.callback)}"

    @property
    def sign_out_url(self) -> str:
        """Cognito's own /logout, which ends its session and returns to the site.

        It is not OpenID Connect's end-session endpoint: its parameters differ.
        """
        query = {
            "client_id": self.credentials.id,
            "logout_uri": f"{settings.SITE_ORIGIN}{reverse('signed_out')}",
        }
        return f"{settings.GARAGE.oidc_url}/logout?{urlencode(query)}"


MERCHANTS = AppClient(
    name="merchants",
    sign_in="sign_in",
    callback="merchants_callback",
    home="markets:list",
    absolute_timeout=timedelta(days=30),
    idle_timeout=timedelta(days=14),
    grants_city_roles=False,
    # The last scope lets people delete their own user (identity.account_deletion).
    scopes="openid email profile aws.cognito.signin.user.admin",
)
OFFICERS = AppClient(
    name="officers",
    sign_in="city_hall_sign_in",
    callback="officers_callback",
    home="approvals:cities",
    absolute_timeout=timedelta(hours=10),
    idle_timeout=timedelta(hours=2),  # a long meeting; officers work in public offices
    grants_city_roles=True,
)
APP_CLIENTS = {app_client.name: app_client for app_client in (MERCHANTS, OFFICERS)}
