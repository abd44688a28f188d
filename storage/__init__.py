"""The database: one engine, one transaction at a time, one repository a subject."""
