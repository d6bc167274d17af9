"""Chinese text to labels: how often right, how well calibrated, how much may go by itself, how fast."""
