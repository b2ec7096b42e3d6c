"""Does the gate stay silent where nothing changed, and speak where something did?"""
