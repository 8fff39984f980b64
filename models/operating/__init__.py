"""Operating an installation: what is measured of it, which workers live, what is wrong, backups."""
