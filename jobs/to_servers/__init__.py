"""What the clients of other servers share: requests that end in time."""
