"""Rules in one sentence: `when a deal is won post it here`."""
