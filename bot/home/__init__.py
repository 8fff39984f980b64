"""The home card, help, status and the welcome where the app is added."""
