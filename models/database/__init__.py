"""The database engine, transactions, tenant isolation and migrations."""
