"""Facts measured by running the optimizer in a boxed child process."""
