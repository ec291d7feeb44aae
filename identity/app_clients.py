"""The two doors: one user pool, an app client for merchants and one for officers."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from core.environment import Client

CITY_HALL = "city-hall:"
"""Prefix of the names of city halls' groups in the user pool; the city's slug follows."""


@dataclass(frozen=True, kw_only=True)
class AppClient:
    """A way to sign in, and what it lets people be.

    `sign_in`, `callback` and `home` are names of URLs; `home` is where people
    arrive who asked for no page in particular. `session_lasts` is no longer
    than the client's refresh token (infra/stack.yaml): a session could not
    outlive that anyway. Left unused for `session_rests`, it ends before.
    `empowers` says whether the groups in a token count.
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
    def client(self) -> Client:
        client: Client = getattr(settings.GARAGE, self.name)
        return client

    @property
    def callback_url(self) -> str:
        """The address as the app client knows it, whatever host a request names."""
        return f"{settings.SITE_ORIGIN}{reverse(self.callback)}"

    @property
    def sign_out_url(self) -> str:
        """Cognito's own /logout, which ends its session and returns to the site.

        It is not OpenID Connect's end-session endpoint: other parameters.
        """
        query = {
            "client_id": self.client.id,
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
    # The last lets people delete themselves (identity.account_deletion).
    scopes="openid email profile aws.cognito.signin.user.admin",
)
OFFICERS = AppClient(
    name="officers",
    sign_in="city_hall_sign_in",
    callback="officers_callback",
    home="approvals:cities",
    absolute_timeout=timedelta(hours=10),
    idle_timeout=timedelta(hours=2),  # a long meeting; their desks are in public offices
    grants_city_roles=True,
)
APP_CLIENTS = {app_client.name: app_client for app_client in (MERCHANTS, OFFICERS)}
