"""Django's settings. Everything that differs between installations comes from the environment (`csms/env.py`)."""

from pathlib import Path

from csms import env

ROOT = env.ROOT
IS_DEMO, IS_TEST = env.IS_DEMO, env.IS_TEST
DEBUG = False
DATABASE_URL, REDIS_URL = env.services()  # first: it says in one sentence why a demo directory cannot be used
SECRET_KEY = env.secret_key()
ALLOWED_HOSTS = env.allowed_hosts()

# --- applications. Both lists hold the accounts: platform staff live in public, a tenant's users in its own schema.
ACCOUNT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "tenants.users",
]
SHARED_APPS = [
    "daphne",
    "unfold",  # before django_tenants, whose admin templates would win otherwise
    "tenants",  # before django_tenants, so that its `migrate` finds the public schema
    "django_tenants",
    *ACCOUNT_APPS,
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "csms.ocpp",
    "csms.dashboard",
    "csms.api",
    "csms.platform",
    "csms.simulator",
    "csms.demo",
]
TENANT_APPS = [*ACCOUNT_APPS, "chargers", "authorization", "transactions", "billing"]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_COLOR_ADMIN_APPS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "users.User"

# --- database: the pool serves web requests; a gateway's threads keep what they once took
DATABASES = {
    "default": {
        "ENGINE": "tenants.postgresql_backend",
        **(_database := env.database(DATABASE_URL)),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **_database["OPTIONS"],  # type: ignore[dict-item]
            "pool": {
                "min_size": 1,
                "max_size": env.env.int("CSMS_DATABASE_POOL", 24),
                "timeout": 10,
                "max_lifetime": 1800,
            },
        },
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# --- the way of a request
ROOT_URLCONF = "csms.urls"
TENANT_URLCONF = "csms.urls_tenant"
MIDDLEWARE = [
    "csms.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csms.static_files.StaticFilesMiddleware",
    "tenants.middleware.TenantMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenants.cookies.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tenants.cookies.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csms.dashboard.page.context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")
ASGI_APPLICATION = "csms.asgi.web"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.env.bool("CSMS_BEHIND_PROXY", False) else None
)
CLIENT_CERTIFICATE_HEADER = env.env.str("CSMS_CLIENT_CERTIFICATE_HEADER", "")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.env.bool("CSMS_HTTPS", not (IS_DEMO or IS_TEST))
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
MESSAGE_STORAGE = (
    "django.contrib.messages.storage.session.SessionStorage"  # tenants of one host would share a cookie
)
CSRF_TRUSTED_ORIGINS = env.env.list("CSMS_TRUSTED_ORIGINS", default=[])
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- accounts
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if IS_TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# --- static files
STATIC_URL = "/static/"
STATIC_ROOT = (
    None if IS_DEMO or IS_TEST else ROOT / "staticfiles"
)  # there files are served from where they are
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = IS_DEMO or IS_TEST
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_DEMO or IS_TEST
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
PRIVATE_FILES = (
    env.demo_directory() / "files" if IS_DEMO else Path(env.env.str("CSMS_FILES", "/var/lib/csms"))
)
MEDIA_ROOT = PRIVATE_FILES

# --- Redis: a doorbell. redis-py's own time-out would cut idle sockets, so it is off.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": "csms"},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "tenants.cache.make_key",
    }
}
CELERY_BROKER_URL = (  # Celery has its own words for a socket's address; a database it does not understand it takes for 0
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["csms.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["csms.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["csms.api.renderers.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["csms.api.parsers.JsonParser"],
    "DEFAULT_PAGINATION_CLASS": "csms.api.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "csms.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CSMS API",
    "DESCRIPTION": "Charging stations, commands, transactions, tariffs and charge detail records of one tenant.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- language and time
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- chargers' door
OCPP_MESSAGE_LIMIT = env.env.int("CSMS_OCPP_MESSAGE_LIMIT", 256 * 1024)
OCPP_PING_INTERVAL_S = env.env.int("CSMS_OCPP_PING_INTERVAL", 60)
OCPP_HEARTBEAT_INTERVAL_S = env.env.int("CSMS_OCPP_HEARTBEAT_INTERVAL", 300)
OCPP_SUBPROTOCOL_MISMATCH = env.env.str("CSMS_SUBPROTOCOL_MISMATCH", "400")
OCPP_CALL_TIMEOUT_S = env.env.int("CSMS_OCPP_CALL_TIMEOUT", 30)
FIRMWARE_LIMIT = env.env.int("CSMS_FIRMWARE_LIMIT", 512 * 2**20)
UPLOAD_LIMIT = env.env.int("CSMS_UPLOAD_LIMIT", 50 * 2**20)
PUBLIC_HOST = env.public_host()
PUBLIC_WEBSOCKET_SCHEME = "wss" if SESSION_COOKIE_SECURE else "ws"

SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "csms.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {
        "handlers": ["console"],
        "level": env.env.str("CSMS_LOG_LEVEL", "WARNING" if IS_TEST else "INFO"),
    },
    "loggers": {
        "uvicorn.access": {"level": "WARNING"},
        "uvicorn.error": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
