"""Mail: one way out, by SMTP, for alerts and for what rules send."""
