"""The entities of Pipedrive, one declaration a file."""
