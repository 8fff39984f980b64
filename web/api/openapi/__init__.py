"""What describes REST to programs: the OpenAPI document, and its examples."""
