"""From a window of arrays to result records: fits, eligibility, betas, decompositions, heatmap rows, warnings."""
