"""Numbers in a row: no number is left out and none is given twice, however many take one at the same moment."""
