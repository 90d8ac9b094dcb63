"""Who may use the service: API keys, kept in Postgres, known to every api."""
