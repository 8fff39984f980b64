"""The home card, help, status, and the welcome when the app is added."""
