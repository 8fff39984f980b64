"""Reports that managers read: pipeline review, leaders, funnel, and how fast leads are answered."""
