"""Axe-core in the browser: what it has against a page as it stands."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

from playwright.sync_api import Page

# The wheel is here for axe-core itself (Deque Systems, MPL-2.0), so that no test loads anything.
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RUN: Final = """async () => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await axe.run(document, { runOnly: rules });
  const told = (each) => [each.id, ...each.nodes.map((node) => node.html.slice(0, 160))];
  return { passes: found.passes.length, violations: found.violations.map(told) };
}"""


def violations(page: Page) -> list[Any]:
    """What axe-core has against a page as it stands."""
    page.evaluate(AXE)
    found = page.evaluate(RUN)
    assert found["passes"] > 10
    broken: list[Any] = found["violations"]
    return broken
