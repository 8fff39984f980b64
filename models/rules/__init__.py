"""Rules: saving, drafts, and the ruleset that events are matched against."""
