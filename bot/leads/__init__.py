"""Leads in Chat: found, listed, shown with score and history, and what people do with them."""
