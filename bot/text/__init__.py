"""How values become text: money, dates, changes."""
