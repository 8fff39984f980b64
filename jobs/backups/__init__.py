"""The daily backup."""
