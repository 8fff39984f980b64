"""The client of Pipedrive's API and OAuth."""
