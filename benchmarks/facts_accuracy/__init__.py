"""How right the facts about a step are: claims of the source beside what small runs do."""
