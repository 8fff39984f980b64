"""The teams and the browser of the admin pages."""

from tests.web.admin.conftest import desk, filled

__all__ = ["desk", "filled"]
