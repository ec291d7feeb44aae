"""The settings of Zappa's handler.

Zappa would generate this module with the stage's name in it. Here the name comes
from the function's environment, so that every stage gets the same package, byte for
byte.
"""

import os

PROJECT_NAME = "garage-site"
API_STAGE = os.environ["GARAGE_STAGE"]
DJANGO_SETTINGS = "garage.settings"
APP_MODULE = "garage.gateway"
APP_FUNCTION = "application"
DOMAIN = None
BASE_PATH = None
BINARY_SUPPORT = True
ADDITIONAL_TEXT_MIMETYPES: list[str] = []
CONTEXT_HEADER_MAPPINGS: dict[str, str] = {}
ENVIRONMENT_VARIABLES: dict[str, str] = {}
DEBUG = False
LOG_LEVEL = None  # the site's own settings set it
EXCEPTION_HANDLER = None
AWS_EVENT_MAPPING: dict[str, list[str]] = {}
AWS_BOT_EVENT_MAPPING: dict[str, str] = {}
COGNITO_TRIGGER_MAPPING: dict[str, str] = {}
