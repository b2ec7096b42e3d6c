"""Are the simulated bytes the real ones?"""
