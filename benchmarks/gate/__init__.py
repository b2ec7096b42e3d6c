"""The gate in use: a project that is checked by hand with the steps of action.yml."""
