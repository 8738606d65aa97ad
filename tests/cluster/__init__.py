"""Several real processes behind a real nginx, with PostgreSQL and Redis, and what can befall them."""
