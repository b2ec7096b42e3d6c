"""Voices: folders of templates laid over the plain one, shipped with optreview or the user's own."""
