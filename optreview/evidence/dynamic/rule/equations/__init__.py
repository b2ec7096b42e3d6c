"""From programs to equations: what each step does to every place, simplified, written, and checked by running."""
