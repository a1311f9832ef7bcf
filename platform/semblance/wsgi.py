"""The WSGI application of dashboard, REST API and admin."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "semblance.settings.production")
application = get_wsgi_application()

from semblance.indexing.domain.extraction import forbid_heavy_extraction  # noqa: E402

forbid_heavy_extraction()
