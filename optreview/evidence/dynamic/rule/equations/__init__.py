"""From programs to equations: what each step does to every place, simplified and checked by running."""
