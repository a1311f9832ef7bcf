"""Django database backend for PostgreSQL with pgvector that starts the embedded server where one is wanted."""
