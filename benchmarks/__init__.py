"""What optreview is measured by: how long a review takes, and how right the reading of the source is."""
