"""Update rules: what one step does to a parameter and its state, as equations that can be run."""
