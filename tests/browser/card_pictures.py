"""Draws the round pictures at the head of cards: `python -m tests.browser.card_pictures` writes the files.

A kind of card differs by its shape and by its colour, for those who do not see colours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

FOLDER: Final = Path(__file__).resolve().parents[2] / "web" / "static" / "cards"
SIZE: Final = 96
GREEN, GREY, BLUE, AMBER, RED, VIOLET, TEAL = (
    "#188038",
    "#5f6368",
    "#1a73e8",
    "#b06000",
    "#c5221f",
    "#8430ce",
    "#007b83",
)

PICTURES: Final = {
    "won": (
        GREEN,
        (
            "M8 4h8v4a4 4 0 0 1-8 0zM8 5H5v1a3 3 0 0 0 3 3"
            "M16 5h3v1a3 3 0 0 1-3 3M12 12v4M8.5 19.5h7M10 16h4v3h-4z"
        ),
    ),
    "lost": (GREY, "M7.500 17.500a4 4 0 0 1-.3-8A5 5 0 0 1 16.700 10a3.800 3.800 0 0 1-.2 7.500z"),
    "reopened": (TEAL, "M5 12a7 7 0 1 0 2.200-5.100M5 5v4h4"),
    "new": (BLUE, "M12 5v14M5 12h14"),
    "moved": (BLUE, "M5 12h14M13 6l6 6-6 6"),
    "moved_back": (AMBER, "M19 12H5M11 6l-6 6 6 6"),
    "value_up": (GREEN, "M12 20V5M6 11l6-6 6 6"),
    "value_down": (AMBER, "M12 4v15M6 13l6 6 6-6"),
    "owner": (TEAL, "M12 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20c0-4 3-6 7-6s7 2 7 6"),
    "stalled": (AMBER, "M7 4h10M7 20h10M8 4c0 5 4 5 4 8s-4 3-4 8M16 4c0 5-4 5-4 8s4 3 4 8"),
    "lead": (VIOLET, "M12 3l2.200 6.800L21 12l-6.800 2.200L12 21l-2.200-6.800L3 12l6.800-2.200z"),
    "due": (BLUE, "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7v5l3.500 2"),
    "overdue": (RED, "M12 5v8M12 17.500v.6"),
    "done": (GREEN, "M5 12.500l4.500 4.500L19 7.500"),
    "note": (AMBER, "M6 3.500h8l4 4v13H6zM14 3.500v4h4M9 12h6M9 16h6"),
    "person": (VIOLET, "M12 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20c0-4 3-6 7-6s7 2 7 6"),
    "organization": (VIOLET, "M5 20V4.500h9V20M14 9.500h5V20M3.500 20h17M8 8.500h3M8 12.500h3M8 16.500h3"),
    "product": (TEAL, "M4.500 8L12 4l7.500 4v8L12 20l-7.500-4zM4.500 8l7.500 4 7.500-4M12 12v8"),
    "changed": (GREY, "M4.500 19.500l1-4L16 5l3 3L8.500 18.500zM14 7l3 3"),
    "deleted": (GREY, "M5 7h14M9 7V4.500h6V7M7 7l1 13h8l1-13"),
    "merged": (TEAL, "M6 4v4c0 4 6 4 6 8v4M18 4v4c0 4-6 4-6 8M9 17.500l3 3 3-3"),
    "locked": (GREY, "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3M12 14.500v2"),
    "burst": (BLUE, "M12 4l8 4-8 4-8-4zM4 12l8 4 8-4M4 16l8 4 8-4"),
    "digest": (VIOLET, "M19 14.500A8 8 0 0 1 9.500 5a8 8 0 1 0 9.500 9.500z"),
}


def _svg(colour: str, shape: str) -> str:
    """Return one picture: a white line on a disc."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 48 48">'
        f'<circle cx="24" cy="24" r="24" fill="{colour}"/>'
        f'<path transform="translate(9.6 9.6) scale(1.2)" d="{shape}" fill="none" stroke="#fff"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def draw() -> None:
    """Write all pictures as PNG: Chat shows no SVG."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIZE, "height": SIZE})
        for name, (colour, shape) in PICTURES.items():
            page.set_content(f"<body style='margin:0;line-height:0'>{_svg(colour, shape)}</body>")
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    draw()
