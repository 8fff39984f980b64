"""The routes of each noun: adapters over the actions and queries of `models/`."""
