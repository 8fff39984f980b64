"""What Pipedrive's REST answers mean."""
