"""Evidence: facts about an optimizer, read from its source or measured in a box."""
