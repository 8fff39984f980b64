"""The engine, transactions, tenant isolation, migrations."""
